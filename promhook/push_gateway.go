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
)

// pushTimeout is how long one request to a Pushgateway may take.
const pushTimeout = 10 * time.Second

// gateway is a Pushgateway that metrics are pushed to, one push at a time.
type gateway struct {
	base       *url.URL
	job        string
	client     http.Client
	scrub      scrubber
	unanswered bool // the last request got no answer
}

func newGateway(address string, c *pushConfig) (*gateway, error) {
	base, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	g := &gateway{base: base, job: c.job, client: c.client, scrub: newScrubber(base)}
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
	return u, nil
}

// push pushes all groups and returns the errors of those that failed.
func (g *gateway) push(ctx context.Context, m *metrics) error {
	g.unanswered = false
	errs := []error{g.pushGroup("the process", func() error {
		return push.New(g.base.String(), g.job).Client(g).Collector(prometheus.CollectorFunc(m.collectProcess)).AddContext(ctx)
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
			return push.New(g.base.String(), g.job).Client(g).Grouping(labelExecutor, name).Gatherer(metrics).AddContext(ctx)
		}))
	}
	return errors.Join(errs...)
}

// pushGroup pushes one group. The client, its answers and its errors are user
// code: if they break, that is the group's error.
func (g *gateway) pushGroup(group string, push func() error) error {
	err := guard.Call(push)
	if err == nil {
		return nil
	}
	text := guard.ErrorText(err)
	scrubbed := g.scrub.text(text)
	if scrubbed != text {
		err = nil // it would show the secret
	}
	return &pushError{fmt.Sprintf("promhook: cannot push the metrics of %s to %s://%s: %s", group, g.base.Scheme, g.base.Host, scrubbed), err}
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
	g.escapeSpaces(r.URL)
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
	return nil, fmt.Errorf("status %d %s: %q", response.StatusCode, http.StatusText(response.StatusCode), g.scrub.answer(body))
}

// escapeSpaces writes the spaces in labels as %20, which is how a Pushgateway
// reads them in a path. The push.Pusher writes a plus sign.
func (g *gateway) escapeSpaces(u *url.URL) {
	prefix := g.base.EscapedPath()
	labels := strings.TrimPrefix(u.EscapedPath(), prefix)
	escaped := prefix + strings.ReplaceAll(labels, "+", "%20")
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
