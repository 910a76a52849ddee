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
	"flag"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	root := flag.String("root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "parse `n` files at once")
	addr := flag.String("addr", "127.0.0.1:0", "serve at `address` (port 0 selects a free one)")
	wait := flag.Bool("wait", false, "continue to serve after the run, until a signal")
	flag.Parse()
	if *workers < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: ownhook [-root dir] [-workers n] [-addr address] [-wait], with n at least 1")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *root, *workers, *addr, *wait, os.Stdout, os.Stderr); err != nil {
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

func run(ctx context.Context, root string, workers int, addr string, wait bool, stdout, stderr io.Writer) error {
	fsys, files, err := goFiles(ctx, root)
	if err != nil {
		return err
	}
	collector := new(Collector)
	url, stop, err := serve(ctx, addr, collector)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintln(stderr, "serving", url)

	exec := core.NewExecutor(core.WithName("ownhook"), core.WithWorkers(workers), core.WithContinueOnError())
	exec.Register(collector)
	runErr := core.ForEach(ctx, exec, files, func(_ context.Context, name string) error {
		return parse(fsys, name)
	})
	if err := fetch(context.WithoutCancel(ctx), url, stdout); err != nil {
		return err
	}
	if wait {
		<-ctx.Done()
	}
	return runErr
}

// parse is the work on one file.
func parse(fsys fs.FS, name string) error {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	_, err = parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	return err
}

// serve serves the collector at addr until stop is called.
func serve(ctx context.Context, addr string, collector *Collector) (url string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return "", nil, fmt.Errorf("cannot serve at %q: %w; choose another address with -addr", addr, err)
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
