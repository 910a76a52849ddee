// Monitoring shows one run in Prometheus, OpenTelemetry, StatsD and a webhook,
// while it counts the go statements in the source of Go.
//
//	go run ./examples/monitoring
//	go run ./examples/monitoring -prometheus :9090 -linger 1m
//	go run ./examples/monitoring -statsd localhost:8125 -webhook https://hooks.slack.com/services/…
//	OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 go run ./examples/monitoring -otel
//	go run ./examples/monitoring -mode exporters -prometheus :9090 -statsd localhost:8125
//
// There are two ways to set that up. With -mode hooks it is done by hand, in
// hooks.go: each back end is a hook, and core.MultiHook makes one of them. With
// -mode exporters, in exporters.go, package exporters does the same.
//
// At the end the program prints what Prometheus would read: the run, its items,
// and how many messages the other hooks have delivered. That needs no server, so
// that the program shows something without any flag.
//
// An address that cannot be one is refused. A back end that is down or does not
// answer is not: the job goes on, and the end tells what was lost.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func main() { cli.Main(run) }

// sinks are where a run is shown, as the flags say.
type sinks struct {
	prometheus, statsd, webhook string // addresses, "" for none
	otel                        bool
}

// A setup is a hook that shows runs in sinks, and what comes with it.
type setup struct {
	hook     core.Hook
	addr     string // where metrics are served, "" for nowhere
	shutdown func(context.Context) error
}

// messages are what the webhook is told. By default it hears of trouble only.
var messages = []webhookhook.Event{webhookhook.RunSucceeded, webhookhook.RunFailed, webhookhook.RunCanceled}

// run is main with its surroundings as arguments. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("monitoring", "Counts the go statements in the source of Go, and shows that in Prometheus,\nOpenTelemetry, StatsD and a webhook.")
	workers := c.Workers()
	mode := c.String("mode", "hooks", "set the back ends up `how`: hooks, each by itself, or exporters, all at once")
	linger := c.Duration("linger", 0, "serve metrics for another `time` after the job, as 1m, or until Ctrl-C")
	var to sinks
	c.StringVar(&to.prometheus, "prometheus", "", "serve metrics at an `address`, as :9090 to this machine alone")
	c.BoolVar(&to.otel, "otel", false, "send spans and metrics to OTEL_EXPORTER_OTLP_ENDPOINT, or a collector on this machine")
	c.StringVar(&to.statsd, "statsd", "", "send metrics to the StatsD server at an `address`, as localhost:8125")
	c.StringVar(&to.webhook, "webhook", "", "post a message to a `URL` when the run is over")
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		if *linger != 0 && to.prometheus == "" {
			return &cli.UsageError{Err: errors.New("-linger has no metrics to serve: add -prometheus")}
		}
		registry := prometheus.NewRegistry()
		s, err := setUp(ctx, *mode, to, registry)
		if err != nil {
			return &cli.UsageError{Err: err}
		}
		if to == (sinks{}) {
			fmt.Fprintln(stderr, "no back end is named: see the flags -prometheus, -otel, -statsd and -webhook")
		}
		exec := core.NewExecutor(core.WithName(c.Name()), core.WithWorkers(*workers), core.WithContinueOnError())
		jobErr := watch(ctx, exec, s, tree, *linger, stdout, stderr)
		return errors.Join(jobErr, show(registry, stdout))
	})
}

// setUp makes the setup for a mode.
func setUp(ctx context.Context, mode string, to sinks, registry *prometheus.Registry) (*setup, error) {
	switch mode {
	case "hooks":
		return byHooks(ctx, to, registry)
	case "exporters":
		return byExporters(ctx, to, registry)
	}
	return nil, fmt.Errorf("invalid value %q for flag -mode: need hooks or exporters", mode)
}

// watch does the job and shows it.
func watch(ctx context.Context, exec *core.Executor, s *setup, tree *gosrc.Tree, linger time.Duration, stdout, stderr io.Writer) error {
	if s.addr != "" {
		fmt.Fprintf(stderr, "metrics at http://%s/metrics\n", s.addr)
	}
	exec.Register(s.hook)
	jobErr := count(ctx, exec, tree, stdout)
	if linger > 0 && ctx.Err() == nil {
		fmt.Fprintf(stderr, "the job is over; the metrics stay for %v, or until Ctrl-C\n", linger)
		select {
		case <-ctx.Done():
		case <-time.After(linger):
		}
	}
	if err := s.shutdown(context.WithoutCancel(ctx)); err != nil { // an interrupted job has something to tell, too
		fmt.Fprintln(stderr, "not everything was sent:", err)
	}
	return jobErr
}
