// Ownhook is a program with its own hook: a collector, in collector.go, that
// serves its records as JSON. While the program parses the source of Go,
//
//	go run ./examples/ownhook -addr localhost:8099
//	curl -s localhost:8099/runs
//
// shows its progress. At the end the program requests its own endpoint, prints
// the answer and ends. With -wait it continues to serve until a signal.
//
// hooktest.Conformance tests a hook: see collector_test.go.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

func main() { cli.Main(run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("ownhook", "Parses Go files, and serves its progress as JSON.")
	workers := c.Workers()
	addr := c.String("addr", "127.0.0.1:0", "serve at `address` (port 0 selects a free one)")
	wait := c.Bool("wait", false, "continue to serve after the run, until a signal")
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		collector := new(Collector)
		url, stop, err := serve(ctx, *addr, collector)
		if err != nil {
			return err
		}
		defer stop()
		fmt.Fprintln(stderr, "serving", url)

		exec := core.NewExecutor(core.WithName("ownhook"), core.WithWorkers(*workers), core.WithContinueOnError())
		exec.Register(collector)
		runErr := core.ForEach(ctx, exec, tree.Files, func(_ context.Context, name string) error {
			_, err := tree.Parse(name)
			return err
		})
		if err := fetch(context.WithoutCancel(ctx), url, stdout); err != nil {
			return err
		}
		if *wait {
			<-ctx.Done()
		}
		return runErr
	})
}

// serve serves the collector at addr until stop is called.
func serve(ctx context.Context, addr string, collector *Collector) (url string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return "", nil, &cli.UsageError{Err: fmt.Errorf("cannot serve at %q: %w; choose another address with -addr", addr, err)}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /runs", collector)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // Serve returns only after stop
	return fmt.Sprintf("http://%s/runs", listener.Addr()), func() { _ = server.Close() }, nil
}

// fetch prints the answer of the endpoint.
func fetch(ctx context.Context, url string, stdout io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(stdout, response.Body)
	return err
}
