package promhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"

	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/plaintext"
	"github.com/chunkscope/chunkscope/internal/redact"
)

const (
	// pushTimeout is how long one request to a Pushgateway may take.
	pushTimeout = 10 * time.Second
	// maxAnswer is how many bytes of a gateway's answer an error shows.
	maxAnswer = 512
	// maxError is how many bytes the text of an error has.
	maxError = 4 * maxAnswer
	// maxRead is how many bytes of an answer are read.
	maxRead = 8 * maxAnswer
)

// gateway is a Pushgateway that metrics are pushed to, one push at a time.
type gateway struct {
	base       *url.URL
	job        string
	process    string
	client     http.Client
	secrets    *redact.Redactor
	unanswered bool // the last request got no answer
}

func newGateway(address string, c *pushConfig) (*gateway, error) {
	base, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	g := &gateway{base: base, job: c.job, process: c.process, client: c.client, secrets: redact.New(redact.URL(base)...)}
	if g.client.Timeout == 0 {
		g.client.Timeout = pushTimeout
	}
	if g.client.CheckRedirect == nil {
		g.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return g, nil
}

// parseAddress parses the address of a Pushgateway. Its errors do not repeat it.
func parseAddress(address string) (*url.URL, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("promhook: the address of the Pushgateway is not a URL; give one like http://host:9091")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("promhook: the address of the Pushgateway has the scheme %.20q; give http or https", u.Scheme)
	case u.Host == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("promhook: the address of the Pushgateway has no host, or has a query or fragment; give one like http://host:9091")
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	if strings.HasSuffix(u.Path, "/metrics") || strings.Contains(u.Path, "/metrics/job") {
		return nil, errors.New("promhook: the address of the Pushgateway has the path /metrics, which every push appends with job and labels; leave it out")
	}
	return u, nil
}

// push pushes all groups and returns the errors of those that failed.
func (g *gateway) push(ctx context.Context, m *metrics) error {
	g.unanswered = false
	errs := []error{g.pushGroup("the process", func() error {
		return g.group().Collector(prometheus.CollectorFunc(m.collectProcess)).AddContext(ctx)
	})}
	for name, x := range m.executors.All() {
		if g.unanswered {
			break
		}
		errs = append(errs, g.pushGroup(fmt.Sprintf("executor %q", name), func() error {
			metrics, err := x.gatherWithoutExecutor()
			if err != nil {
				return err
			}
			return g.group().Grouping(labelExecutor, name).Gatherer(metrics).AddContext(ctx)
		}))
	}
	return errors.Join(errs...)
}

// group returns a pusher of the group of the process.
func (g *gateway) group() *push.Pusher {
	return push.New(g.base.String(), g.job).Client(g).Grouping(labelProcess, g.process)
}

// pushGroup pushes one group. The client, its answers and its errors are user
// code: if they break, that is the group's error.
func (g *gateway) pushGroup(group string, push func() error) error {
	err := guard.Call(push)
	if err == nil {
		return nil
	}
	text := guard.ErrorText(err)
	redacted := g.secrets.String(text)
	if redacted != text {
		err = nil // it would show the secret
	}
	// A proxy's words are the whole error of a connection: they may command a terminal.
	text = plaintext.Clean(redacted, maxError)
	return &pushError{fmt.Sprintf("promhook: cannot push the metrics of %s to %s://%s: %s", group, g.base.Scheme, g.base.Host, text), err}
}

// pushError says which group could not be pushed. Its text is formatted once,
// because the Error method of its cause is user code.
type pushError struct {
	text  string
	cause error
}

func (e *pushError) Error() string { return e.text }

func (e *pushError) Unwrap() error { return e.cause }

// Do sends a request for a push.Pusher. It returns an error for every answer
// that is not a success: the error of the Pusher itself would contain the whole
// address.
func (g *gateway) Do(r *http.Request) (*http.Response, error) {
	g.writeGroup(r.URL)
	response, err := g.client.Do(r) //nolint:gosec // the address is the caller's own
	g.unanswered = err != nil
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return nil, failed.Err
	}
	if err != nil || response.StatusCode == http.StatusOK || response.StatusCode == http.StatusAccepted {
		return response, err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxRead))
	// The status text is Go's own: that of the gateway may have any characters.
	return nil, fmt.Errorf("status %d %s: %q", response.StatusCode, http.StatusText(response.StatusCode), g.answer(body))
}

// answer returns the beginning of an answer without secrets. It redacts before it
// cuts, because a part of a secret is not recognised.
func (g *gateway) answer(body []byte) string {
	text := g.secrets.String(string(body))
	if len(body) == maxRead { // its end may be a part of a secret
		text = g.secrets.Prefix(string(body))
	}
	if len(text) > maxAnswer {
		text = strings.ToValidUTF8(text[:maxAnswer], "")
	}
	return text
}

// writeGroup writes the labels of a group as a Pushgateway reads them, and always
// in the same order: job, process, executor. The push.Pusher writes a space as a
// plus sign, and keeps the labels in a map.
func (g *gateway) writeGroup(u *url.URL) {
	prefix := g.base.EscapedPath() + "/metrics/"
	labels := strings.Split(strings.ReplaceAll(strings.TrimPrefix(u.EscapedPath(), prefix), "+", "%20"), "/")
	if len(labels) == 6 && strings.HasPrefix(labels[2], labelExecutor) {
		labels[2], labels[3], labels[4], labels[5] = labels[4], labels[5], labels[2], labels[3]
	}
	escaped := prefix + strings.Join(labels, "/")
	if path, err := url.PathUnescape(escaped); err == nil {
		u.Path, u.RawPath = path, escaped
	}
}

// gatherWithoutExecutor gathers the executor's metrics without their executor
// label. It is a label of the group, and the gateway adds it to all metrics.
func (x *executorSeries) gatherWithoutExecutor() (prometheus.Gatherer, error) {
	families, err := gathererOf(prometheus.CollectorFunc(x.collectKnown)).Gather()
	for _, f := range families {
		for _, m := range f.GetMetric() {
			kept := m.Label[:0:0] // a new slice, as the old one belongs to the metric
			for _, l := range m.Label {
				if l.GetName() != labelExecutor {
					kept = append(kept, l)
				}
			}
			m.Label = kept
		}
	}
	return prometheus.GathererFunc(returning(families, err)), err
}

// returning returns a function that returns its arguments. It spares us the name
// of the families' type, which would be another direct requirement.
func returning[T any](v T, err error) func() (T, error) {
	return func() (T, error) { return v, err }
}
