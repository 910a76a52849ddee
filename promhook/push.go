package promhook

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/chunkscope/chunkscope/internal/label"
)

// PushOption is an option of Push and NewPusher. Of options given twice the
// later one holds.
type PushOption interface{ applyPush(*pushConfig) }

type pushOptionFunc func(*pushConfig)

func (f pushOptionFunc) applyPush(c *pushConfig) { f(c) }

type pushConfig struct {
	job     string
	process string
	client  http.Client
	logger  *slog.Logger
}

func newPushConfig(opts []PushOption) *pushConfig {
	c := &pushConfig{job: strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe"), process: processName()}
	for _, o := range opts {
		if o != nil {
			o.applyPush(c)
		}
	}
	return c
}

// WithPushJob sets the job label of the pushed metrics. The default, which the
// empty text keeps, is the program's base name.
func WithPushJob(job string) PushOption {
	return pushOptionFunc(func(c *pushConfig) {
		if job != "" {
			c.job = job
		}
	})
}

// processName returns the index of the pod in an Indexed Job of Kubernetes, or the
// name of the host. Both are the same when the process is started again in its
// place, and differ between processes that run side by side.
func processName() string {
	if index := os.Getenv("JOB_COMPLETION_INDEX"); index != "" {
		return label.Clean(index)
	}
	host, _ := os.Hostname() // no host name is the process "unknown"
	return label.Clean(host)
}

// WithPushProcess sets the process label of the pushed metrics, which keeps
// processes of one job apart: the last push with a label replaces those before
// it. Give a name that stays when the process is started again, and that no other
// process of the job has: the number of its shard, or the names of the tenant and
// of the host. Two processes of one job on one host need it, and so do containers
// whose host names are random. The default, which the empty text keeps, is the
// variable JOB_COMPLETION_INDEX, which Kubernetes sets in Indexed Jobs, else the
// host name.
func WithPushProcess(process string) PushOption {
	return pushOptionFunc(func(c *pushConfig) {
		if process != "" {
			c.process = label.Clean(process)
		}
	})
}

// WithPushClient sets the HTTP client, for certificates or a proxy of your own.
// A client without a Timeout gets one of ten seconds a request, and a client
// without a CheckRedirect follows no redirects. The default, which nil keeps, is
// such a client with [http.DefaultTransport].
func WithPushClient(client *http.Client) PushOption {
	return pushOptionFunc(func(c *pushConfig) {
		if client != nil {
			c.client = *client
		}
	})
}

// WithPushLogger sets the logger of a [Pusher] for pushes that fail. The default,
// which nil keeps, is [slog.Default] at the time of logging. Push ignores it, as
// it returns its error.
func WithPushLogger(logger *slog.Logger) PushOption {
	return pushOptionFunc(func(c *pushConfig) {
		if logger != nil {
			c.logger = logger
		}
	})
}

// Push sends the metrics to the Pushgateway at address, for example
// http://host:9091, with a user and password in it if the gateway needs them. It
// is for jobs that end before they are scraped. Call it after the run:
//
//	err := promhook.New().Push(ctx, "http://pushgateway:9091")
//
// Each executor has a group of its own with the labels job, process and executor.
// The health of hooks and build_info have the group of job and process alone. A
// push replaces metrics of the same name in its group and leaves others there: so
// two processes do not overwrite each other, see [WithPushProcess]. The time of
// the last success is pushed only after a run of this process has succeeded. So a
// run that fails does not erase the success of an earlier process of its name.
//
// If the gateway refuses a group, Push still sends the others. It stops if the
// gateway does not answer. The error says what could not be pushed. Of the address
// it shows the scheme and host alone, as the rest may be a secret. A client that
// panics or calls runtime.Goexit is an error, too.
//
// A [Pusher] pushes by itself after each run.
func (h *Hook) Push(ctx context.Context, address string, opts ...PushOption) error {
	g, err := newGateway(address, newPushConfig(opts))
	if err != nil {
		return err
	}
	return g.push(ctx, h.metrics)
}
