package promhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
	errs := []error{to.wrapError("the process", group.AddContext(ctx))}
	for name, x := range h.metrics.executors.All() {
		if to.unanswered {
			break
		}
		g, err := x.gatherWithoutExecutor()
		if err == nil {
			err = push.New(base.String(), c.job).Client(to).Grouping(labelExecutor, name).Gatherer(g).AddContext(ctx)
		}
		errs = append(errs, to.wrapError(fmt.Sprintf("executor %q", name), err))
	}
	return errors.Join(errs...)
}

// gatherUnlabelled gathers the executor's metrics without their executor label,
// which is the group's: a gateway adds it to all.
func (x *executorSeries) gatherWithoutExecutor() (prometheus.Gatherer, error) {
	families, err := gathererOf(prometheus.CollectorFunc(func(ch chan<- prometheus.Metric) { x.collectKnown(ch) })).Gather()
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
	return prometheus.GathererFunc(returning(families, err)), err
}

// constant returns a function that returns what it is given. With it the type
// of families needs no name, which would be that of another direct requirement.
func returning[T any](v T, err error) func() (T, error) {
	return func() (T, error) { return v, err }
}
