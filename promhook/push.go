package promhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"
)

// pushTimeout is how long one request to a Pushgateway may take.
const pushTimeout = 10 * time.Second

// PushOption is an option of Push.
type PushOption interface{ applyPush(*pushConfig) }

type pushOptionFunc func(*pushConfig)

func (f pushOptionFunc) applyPush(c *pushConfig) { f(c) }

type pushConfig struct {
	job    string
	client http.Client
}

// WithPushJob sets the job label of what is pushed. The default, and that of
// empty, is the program's base name.
func WithPushJob(job string) PushOption {
	return pushOptionFunc(func(c *pushConfig) {
		if job != "" {
			c.job = job
		}
	})
}

// WithPushClient sets the client that pushes, for certificates or a proxy of
// one's own. Without a Timeout of its own it gets ten seconds a request, and
// without a CheckRedirect it follows no redirects. The default, and that of nil,
// is such a client with the default transport.
func WithPushClient(client *http.Client) PushOption {
	return pushOptionFunc(func(c *pushConfig) {
		if client != nil {
			c.client = *client
		}
	})
}

// Push sends the metrics to the Pushgateway at address, http://host:9091 for
// instance, with a user and password in it where the gateway wants them. It is
// for jobs that end before they could be scraped; call it after the run:
//
//	err := promhook.New().Push(ctx, "http://pushgateway:9091")
//
// Each executor has a group of its own, of the labels job and executor, and
// what belongs to no executor has the group of job alone. A push replaces
// metrics of the same name in its group, and leaves others there: as the
// time of the last success is pushed only once a run of this process
// succeeded, that of the process before survives a run that fails.
//
// Where a gateway refuses a group, the others are pushed all the same; one that
// does not answer is asked no more. The errors tell of the address the scheme
// and host alone, as the rest of it may be a secret.
func (h *Hook) Push(ctx context.Context, address string, opts ...PushOption) error {
	base, err := parseAddress(address)
	if err != nil {
		return err
	}
	c := pushConfig{job: strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")}
	for _, o := range opts {
		if o != nil {
			o.applyPush(&c)
		}
	}
	if c.client.Timeout == 0 {
		c.client.Timeout = pushTimeout
	}
	if c.client.CheckRedirect == nil {
		c.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}

	to := &gateway{base: base, client: &c.client}
	group := push.New(base.String(), c.job).Client(to).Collector(prometheus.CollectorFunc(h.metrics.collectProcess))
	errs := []error{to.explain("the process", group.AddContext(ctx))}
	for name, x := range h.metrics.executors.All() {
		if to.silent {
			break
		}
		g, err := x.gatherUnlabelled()
		if err == nil {
			err = push.New(base.String(), c.job).Client(to).Grouping(labelExecutor, name).Gatherer(g).AddContext(ctx)
		}
		errs = append(errs, to.explain(fmt.Sprintf("executor %q", name), err))
	}
	return errors.Join(errs...)
}

// gatherUnlabelled gathers the executor's metrics without their executor label,
// which is the group's: a gateway adds it to all.
func (x *executor) gatherUnlabelled() (prometheus.Gatherer, error) {
	families, err := gathererOf(prometheus.CollectorFunc(func(ch chan<- prometheus.Metric) { x.send(ch, true) })).Gather()
	for _, f := range families {
		for _, m := range f.GetMetric() {
			kept := m.Label[:0:0] // a new slice, for the old one is the metric's own
			for _, l := range m.Label {
				if l.GetName() != labelExecutor {
					kept = append(kept, l)
				}
			}
			m.Label = kept
		}
	}
	return prometheus.GathererFunc(constant(families, err)), err
}

// constant returns a function that returns what it is given. With it the type
// of families needs no name, which would be that of another direct requirement.
func constant[T any](v T, err error) func() (T, error) {
	return func() (T, error) { return v, err }
}

// parseAddress parses the address of a Pushgateway. Its errors do not show it.
func parseAddress(address string) (*url.URL, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("promhook: the address of the Pushgateway is no URL; want one like http://host:9091")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("promhook: the address of the Pushgateway has the scheme %.20q; want http or https", u.Scheme)
	case u.Host == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("promhook: the address of the Pushgateway needs a host, and no query or fragment; want one like http://host:9091")
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// gateway does the requests to one Pushgateway.
type gateway struct {
	base   *url.URL
	client *http.Client
	silent bool // a request got no answer
}

// Do is what a push.Pusher calls. It returns an error for every answer that
// is not a success: the Pusher's own would have the whole address in it.
func (g *gateway) Do(r *http.Request) (*http.Response, error) {
	g.mendSpaces(r.URL)
	response, err := g.client.Do(r) //nolint:gosec // the address is the caller's own
	g.silent = err != nil
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return nil, failed.Err
	}
	if err != nil || response.StatusCode == http.StatusOK || response.StatusCode == http.StatusAccepted {
		return response, err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	said, _ := io.ReadAll(io.LimitReader(response.Body, 512))
	return nil, fmt.Errorf("status %s: %q", response.Status, said)
}

// mendSpaces writes the spaces in labels as a Pushgateway reads them in a path:
// as %20, where the Pusher writes a plus sign.
func (g *gateway) mendSpaces(u *url.URL) {
	prefix := g.base.EscapedPath()
	labels := strings.TrimPrefix(u.EscapedPath(), prefix)
	escaped := prefix + strings.ReplaceAll(labels, "+", "%20")
	if path, err := url.PathUnescape(escaped); err == nil {
		u.Path, u.RawPath = path, escaped
	}
}

// explain says what could not be pushed where, nil if err is.
func (g *gateway) explain(what string, err error) error {
	if err == nil {
		return nil
	}
	if text := g.hide(err.Error()); text != err.Error() {
		err = errors.New(text)
	}
	return fmt.Errorf("promhook: cannot push the metrics of %s to %s://%s: %w", what, g.base.Scheme, g.base.Host, err)
}

// hide takes the secret parts of the address out of a text, as an answer may
// repeat them.
func (g *gateway) hide(text string) string {
	password, _ := g.base.User.Password()
	for _, secret := range []string{password, g.base.User.Username(), strings.Trim(g.base.Path, "/"), strings.Trim(g.base.EscapedPath(), "/")} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return text
}
