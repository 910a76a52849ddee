// Monitoring reports one run to Prometheus, OpenTelemetry, StatsD and a
// webhook, while it counts the go statements in the source of Go.
//
//	go run ./examples/monitoring
//	go run ./examples/monitoring -prometheus :9090 -linger 1m
//	go run ./examples/monitoring -statsd localhost:8125 -webhook https://hooks.slack.com/services/…
//	OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 go run ./examples/monitoring -otel
//	go run ./examples/monitoring -mode exporters -prometheus :9090 -statsd localhost:8125
//
// There are two ways to set this up. With -mode hooks, in hooks.go, each back
// end is a hook, and core.MultiHook combines them. With -mode exporters, in
// exporters.go, package exporters does the same.
//
// At the end the program prints the metrics that Prometheus would read: the
// run, its items, and the number of messages that the other hooks have
// delivered. That needs no server, so the program prints something without any
// flag.
//
// The program rejects an invalid address. A back end that is down or does not
// answer does not stop the job; at the end the program reports what was lost.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func main() {
	var cfg config
	flag.StringVar(&cfg.root, "root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	flag.IntVar(&cfg.workers, "workers", runtime.GOMAXPROCS(0), "read `n` files at once")
	flag.StringVar(&cfg.mode, "mode", "hooks", "`way` to set up the back ends: hooks, each with its own package, or exporters, all at once")
	flag.DurationVar(&cfg.linger, "linger", 0, "serve metrics for this `time` after the job, such as 1m, or until Ctrl-C")
	flag.StringVar(&cfg.prometheus, "prometheus", "", "serve metrics at an `address`; without a host, as in :9090, only to this machine")
	flag.BoolVar(&cfg.otel, "otel", false, "send spans and metrics to OTEL_EXPORTER_OTLP_ENDPOINT, or a collector on this machine")
	flag.StringVar(&cfg.statsd, "statsd", "", "send metrics to the StatsD server at an `address`, such as localhost:8125")
	flag.StringVar(&cfg.webhook, "webhook", "", "post a message to a `URL` after the run")
	flag.Parse()
	if cfg.workers < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: monitoring [-root dir] [-workers n] [-mode hooks|exporters] [back ends], with n at least 1; -h lists the back ends")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, cfg, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		switch {
		case core.IsPartial(err): // all was done, and the failures are tolerated
		case ctx.Err() != nil:
			os.Exit(130) // interrupted
		default:
			os.Exit(1)
		}
	}
}

// config is what the flags say.
type config struct {
	root, mode string
	workers    int
	linger     time.Duration
	backends
}

// backends are the destinations.
type backends struct {
	prometheus, statsd, webhook string // empty for none
	otel                        bool
}

// A setup is a hook that reports runs to the back ends, with its address and
// its shutdown.
type setup struct {
	hook     core.Hook
	addr     string // the address of the metrics, empty if none are served
	shutdown func(context.Context) error
}

// webhookEvents are the events for the webhook. By default it gets only those
// about problems.
var webhookEvents = []webhookhook.Event{webhookhook.RunSucceeded, webhookhook.RunFailed, webhookhook.RunCanceled}

func run(ctx context.Context, cfg config, stdout, stderr io.Writer) error {
	if cfg.linger != 0 && cfg.prometheus == "" {
		return errors.New("-linger needs metrics to serve: add -prometheus")
	}
	fsys, files, err := goFiles(ctx, cfg.root)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	s, err := setUp(ctx, cfg.mode, cfg.backends, registry)
	if err != nil {
		return err
	}
	if cfg.backends == (backends{}) {
		fmt.Fprintln(stderr, "no back end is set: see the flags -prometheus, -otel, -statsd and -webhook")
	}
	exec := core.NewExecutor(core.WithName("monitoring"), core.WithWorkers(cfg.workers), core.WithContinueOnError())
	jobErr := runAndReport(ctx, exec, s, fsys, files, cfg.linger, stdout, stderr)
	return errors.Join(jobErr, printMetrics(registry, stdout))
}

// setUp returns the setup for a mode.
func setUp(ctx context.Context, mode string, to backends, registry *prometheus.Registry) (*setup, error) {
	switch mode {
	case "hooks":
		return setUpHooks(ctx, to, registry)
	case "exporters":
		return setUpExporters(ctx, to, registry)
	}
	return nil, fmt.Errorf("invalid value %q for flag -mode: need hooks or exporters", mode)
}

// runAndReport does the job and reports it to the back ends.
func runAndReport(ctx context.Context, exec *core.Executor, s *setup, fsys fs.FS, files []string, linger time.Duration, stdout, stderr io.Writer) error {
	if s.addr != "" {
		fmt.Fprintf(stderr, "metrics at http://%s/metrics\n", s.addr)
	}
	exec.Register(s.hook)
	jobErr := count(ctx, exec, fsys, files, stdout)
	if linger > 0 && ctx.Err() == nil {
		fmt.Fprintf(stderr, "the job has ended; the metrics stay for %v, or until Ctrl-C\n", linger)
		select {
		case <-ctx.Done():
		case <-time.After(linger):
		}
	}
	if err := s.shutdown(context.WithoutCancel(ctx)); err != nil { // not the context of the job: a canceled job has results to send, too
		fmt.Fprintln(stderr, "not everything was sent:", err)
	}
	return jobErr
}
