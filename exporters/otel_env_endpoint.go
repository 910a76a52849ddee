package exporters

import (
	"net/url"
	"slices"
	"strings"
)

// otelSignal says how one kind of telemetry is sent.
type otelSignal struct {
	name     string // traces or metrics, as in the path of its requests
	exporter string // otlp, console …; none if the endpoint is unusable
	grpc     bool   // the protocol of otlp, otherwise http/protobuf

	endpoint string   // the variable that says where to send
	advice   []string // what is likely wrong with it
}

// Ports of collectors.
const (
	grpcPort = "4317"
	httpPort = "4318"
)

// otlpPrefix begins OTLP's variables for all signals.
const otlpPrefix = "OTEL_EXPORTER_OTLP_"

// variables returns the names of an OTLP variable: of the signal's own, which
// goes first, and of the one for all signals.
func (s *otelSignal) variables(name string) (own, general string) {
	return otlpPrefix + strings.ToUpper(s.name) + "_" + name, otlpPrefix + name
}

// reads reports whether a variable is one of OTLP's for the signal.
func (s *otelSignal) reads(name string) bool {
	name, isOTLP := strings.CutPrefix(name, otlpPrefix)
	signal, _, _ := strings.Cut(name, "_")
	return isOTLP && (signal == strings.ToUpper(s.name) || signal != "TRACES" && signal != "METRICS")
}

// readSignal reads the variables of a signal, and checks its endpoint.
func (e *otelEnv) readSignal(name string) *otelSignal {
	s := &otelSignal{name: name, exporter: e.value("OTEL_" + strings.ToUpper(name) + "_EXPORTER")}
	if s.exporter == "" {
		s.exporter = "otlp"
	}
	if s.exporter != "otlp" {
		return s
	}
	protocolVariable, protocol := e.first(s.variables("PROTOCOL"))
	s.grpc = protocol == "grpc"
	variable, endpoint := e.first(s.variables("ENDPOINT"))
	s.endpoint = variable
	if endpoint == "" {
		return s
	}
	u, err := url.Parse(endpoint)
	if err != nil || !s.grpc && (u.Host == "" || !isHTTP(u)) {
		e.warn(variable, "the value is not a URL with the scheme http or https and a host; no "+name+" are sent", "set it to a URL as http://collector:4318, or https://… for TLS")
		s.exporter = "none"
		return s
	}
	for _, p := range s.endpointProblems(u, protocolVariable) {
		s.advice = append(s.advice, p.problem)
		if p.fix != "" {
			e.warn(variable, p.problem, p.fix)
		}
	}
	return s
}

func isHTTP(u *url.URL) bool { return u.Scheme == "http" || u.Scheme == "https" }

// endpointProblems returns what is likely wrong with an endpoint that can be used.
// What may as well be right has no fix, and is only said when an export fails.
func (s *otelSignal) endpointProblems(u *url.URL, protocolVariable string) (found []otelWarning) {
	add := func(problem, fix string) { found = append(found, otelWarning{problem: problem, fix: fix}) }
	port := u.Port()
	if s.grpc && !isHTTP(u) {
		add("the value has no scheme http or https; without one, TLS is used unless OTEL_EXPORTER_OTLP_INSECURE is true", "")
		_, port, _ = strings.Cut(u.Opaque, ":")
		if port == "" {
			port = u.Opaque
		}
	}
	switch {
	case s.grpc && port == httpPort:
		add("the port is the usual one for HTTP, and the protocol is grpc", "set "+protocolVariable+" to http/protobuf, or use the port for gRPC, "+grpcPort)
	case !s.grpc && port == grpcPort:
		add("the port is the usual one for gRPC, and the protocol is http/protobuf", "set "+protocolVariable+" to grpc, or use the port for HTTP, "+httpPort)
	}
	if u.User != nil {
		add("the user and password are not sent", "send them as OTEL_EXPORTER_OTLP_HEADERS=authorization=Basic%20…")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		add("what follows the path, from ? or # on, is not sent", "send a token with OTEL_EXPORTER_OTLP_HEADERS")
	}
	path := strings.Trim(u.Path, "/")
	last := path[strings.LastIndex(path, "/")+1:]
	ofSignal := slices.Contains([]string{"traces", "metrics", "logs"}, last)
	own := s.endpoint != otlpPrefix+"ENDPOINT"
	switch {
	case s.grpc && isHTTP(u) && path != "":
		add("the URL has a path, which gRPC does not use", "leave the path out, or set "+protocolVariable+" to http/protobuf")
	case s.grpc:
	case !own && ofSignal:
		add("the path is too long: the SDK appends /v1/traces and /v1/metrics", "leave the path of a signal out")
	case own && path == "":
		add("the URL has no path: the SDK appends none to the endpoint of one signal", "append /v1/"+s.name+", or set OTEL_EXPORTER_OTLP_ENDPOINT in its place")
	case own && ofSignal && last != s.name:
		add("the path is that of another signal", "use the path for "+s.name)
	}
	return found
}
