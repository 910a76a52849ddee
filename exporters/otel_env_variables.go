package exporters

import (
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// otelVariable is a variable that the SDK reads.
type otelVariable struct {
	name, values string // values says what it may be set to
	// check returns what to use of a value, and what is wrong with it. It is nil
	// where any text is valid, or another function looks at it.
	check func(value string) (usable, problem string)
}

// Limits of numbers. A queue and a batch are allocated as a whole, 16 bytes for
// each span.
const (
	maxMilliseconds = 1e12
	maxQueue        = 1e6
)

var otelVariables = func() []otelVariable {
	milliseconds := "a number of milliseconds, as 10000"
	all := []otelVariable{
		{"OTEL_SDK_DISABLED", "true or false", oneOf("true", "false")},
		{"OTEL_SERVICE_NAME", "", nil},
		{"OTEL_RESOURCE_ATTRIBUTES", "key=value,key=value", checkResourceAttributes},
		{"OTEL_TRACES_EXPORTER", "", nil},
		{"OTEL_METRICS_EXPORTER", "", nil},
		{"OTEL_METRICS_PRODUCERS", "", nil},
		{"OTEL_TRACES_SAMPLER", "always_on, always_off, traceidratio or one of them after parentbased_", oneOf("always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio")},
		{"OTEL_TRACES_SAMPLER_ARG", "a ratio from 0 to 1", checkRatio},
		{"OTEL_BSP_SCHEDULE_DELAY", milliseconds, integer(1, maxMilliseconds)},
		{"OTEL_BSP_EXPORT_TIMEOUT", milliseconds, integer(0, maxMilliseconds)},
		{"OTEL_BSP_MAX_QUEUE_SIZE", "a number from 1 to 1000000", integer(1, maxQueue)},
		{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "a number from 1 to 1000000", integer(1, maxQueue)},
		{"OTEL_METRIC_EXPORT_INTERVAL", milliseconds, integer(1, maxMilliseconds)},
		{"OTEL_METRIC_EXPORT_TIMEOUT", milliseconds, integer(1, maxMilliseconds)},
		{"OTEL_METRICS_EXEMPLAR_FILTER", "always_on, always_off or trace_based", oneOf("always_on", "always_off", "trace_based")},
		{"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "cumulative, delta or lowmemory", oneOf("cumulative", "delta", "lowmemory")},
		{"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "explicit_bucket_histogram or base2_exponential_bucket_histogram", oneOf("explicit_bucket_histogram", "base2_exponential_bucket_histogram")},
		{"OTEL_EXPORTER_PROMETHEUS_HOST", "", nil},
		{"OTEL_EXPORTER_PROMETHEUS_PORT", "a port, as 9464", integer(0, math.MaxUint16)},
	}
	for _, name := range []string{
		"OTEL_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
		"OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_SPAN_LINK_COUNT_LIMIT", "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
		"OTEL_GO_X_CARDINALITY_LIMIT",
	} {
		all = append(all, otelVariable{name, "a number, or -1 for no limit", integer(math.MinInt32, math.MaxInt32)})
	}
	for _, signal := range []string{"", "TRACES_", "METRICS_"} {
		prefix := "OTEL_EXPORTER_OTLP_" + signal
		all = append(
			all,
			otelVariable{prefix + "ENDPOINT", "", nil}, // readSignal checks it, with the protocol
			otelVariable{prefix + "PROTOCOL", "http/protobuf or grpc", oneOf("http/protobuf", "grpc")},
			otelVariable{prefix + "HEADERS", "key=value,key=value, with values in percent-encoding", checkHeaders},
			otelVariable{prefix + "TIMEOUT", milliseconds, integer(0, maxMilliseconds)},
			otelVariable{prefix + "COMPRESSION", "gzip or none", oneOf("gzip", "none")},
			otelVariable{prefix + "INSECURE", "true or false", oneOf("true", "false")},
			otelVariable{prefix + "CERTIFICATE", "the path of a file with certificates in PEM", checkCertificates},
			otelVariable{prefix + "CLIENT_CERTIFICATE", "", nil}, // checkClientCertificates
			otelVariable{prefix + "CLIENT_KEY", "", nil},
		)
	}
	return all
}()

// oneOf accepts some words.
func oneOf(words ...string) func(string) (usable, problem string) {
	return func(value string) (string, string) {
		value = strings.ToLower(value)
		for _, w := range words {
			if value == w {
				return w, ""
			}
		}
		return "", "the value is not one that the SDK knows, and is ignored"
	}
}

// integer accepts numbers of a range. For a larger one the largest is used.
func integer(low, high int64) func(string) (usable, problem string) {
	return func(value string) (string, string) {
		n, err := strconv.ParseInt(value, 10, 64) // the nearest number, if value is out of range
		switch {
		case err != nil && !errors.Is(err, strconv.ErrRange):
			return "", "the value is not a whole number, and is ignored"
		case n > high:
			return strconv.FormatInt(high, 10), "the number is too large; the largest possible one is used"
		case n < low:
			return "", "the number is too small, and is ignored"
		}
		return value, ""
	}
}

func checkRatio(value string) (usable, problem string) {
	if ratio, err := strconv.ParseFloat(value, 64); err == nil && ratio >= 0 && ratio <= 1 {
		return value, ""
	}
	return "", "the value is not a ratio, and is ignored"
}

// checkResourceAttributes uses the attributes that are valid.
func checkResourceAttributes(value string) (usable, problem string) {
	return checkPairs(value, func(key, text string) (string, bool) {
		if _, err := url.PathUnescape(text); err != nil {
			return url.PathEscape(text), false // the SDK would use it as it is, too
		}
		return text, key != ""
	}, "an attribute is not of the form key=value, in percent-encoding; the others are used")
}

// checkHeaders uses the headers that are valid.
func checkHeaders(value string) (usable, problem string) {
	return checkPairs(value, func(key, text string) (string, bool) {
		decoded, err := url.PathUnescape(text)
		if err != nil || !isToken(key) || strings.ContainsFunc(decoded, unicode.IsControl) {
			return "", false
		}
		return text, true
	}, "a header is not of the form key=value, in percent-encoding; the others are used")
}

// checkPairs uses what check returns of each pair of a list, unless it is "".
func checkPairs(value string, check func(key, text string) (usable string, ok bool), problem string) (usable, found string) {
	var pairs []string
	for pair := range strings.SplitSeq(value, ",") {
		key, text, hasValue := strings.Cut(pair, "=")
		key, text = strings.TrimSpace(key), strings.TrimSpace(text)
		if !hasValue || key == "" {
			found = problem
			continue
		}
		use, ok := check(key, text)
		if !ok {
			found = problem
		}
		if ok || use != "" {
			pairs = append(pairs, key+"="+use)
		}
	}
	if found == "" {
		return value, ""
	}
	return strings.Join(pairs, ","), found
}

// isToken reports whether a text may be the name of a header.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
