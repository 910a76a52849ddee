// Quickstart is a first job with Chunkscope. It parses and hashes every Go file
// of the standard library on all CPUs, and tells how far it is while it does.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -workers 1
//	go run ./examples/quickstart -fail 1000
//	go run ./examples/quickstart -root . 2>progress.log
//	go run ./examples/quickstart -metrics :9090
//	go run ./examples/quickstart -otlp http://localhost:4318
//
// An executor names the job, [core.Map] runs it and hooks watch it. The job is
// scan in scan.go; it needs no code to be watched. Its hooks are in progress.go
// and summary.go: functions that are called as the run goes on. With -metrics,
// metrics.go serves Prometheus metrics, also after the job until a signal; with
// -otlp, otlp.go sends spans and metrics to an OpenTelemetry collector.
//
// The exit status is 0 if all files were read, 1 if some failed, 2 for a
// command line that makes no sense and 130 if a signal ended the job early.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"github.com/chunkscope/chunkscope/core"
)

// What the program tells its shell.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal ends the job, a second one the program
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with its surroundings as arguments. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parseFlags(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage // parseFlags has told why
	}
	root, err := openRoot(ctx, s.root)
	if err != nil {
		return fail(ctx, err, exitUsage, stderr)
	}
	if s.metrics == "" {
		return job(ctx, root, s, stdout, stderr)
	}
	server, err := serveMetrics(ctx, s.metrics)
	if err != nil {
		return fail(ctx, err, exitUsage, stderr)
	}
	defer server.close()
	fmt.Fprintln(stderr, "metrics at", server.url)
	status := job(ctx, root, s, stdout, stderr, server.hook)
	if ctx.Err() == nil {
		fmt.Fprintln(stderr, "the job is over; press Ctrl-C to end the metrics, too")
		<-ctx.Done()
	}
	return status
}

// job does the job, and returns the exit status.
func job(ctx context.Context, root fs.FS, s settings, stdout, stderr io.Writer, hooks ...core.Hook) int {
	if s.otlp != "" {
		hook, stop, err := exportOTLP(ctx, s.otlp, stderr)
		if err != nil {
			return fail(ctx, err, exitFailed, stderr)
		}
		defer stop()
		hooks = append([]core.Hook{hook}, hooks...) // first, so that the others see its spans
	}
	if err := scan(ctx, root, s, stdout, stderr, hooks...); err != nil {
		return fail(ctx, err, exitFailed, stderr)
	}
	return exitOK
}

// fail tells err and returns status, unless a signal is behind it.
func fail(ctx context.Context, err error, status int, stderr io.Writer) int {
	fmt.Fprintln(stderr, err)
	if ctx.Err() != nil {
		return exitInterrupted
	}
	return status
}
