// Quickstart is a first job with Chunkscope. It parses, formats and compresses
// the source of Go on all processors, and shows its progress. Some of Go's own
// test data does not parse, so the job has failures to show, and exit status 1.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -workers 1
//	go run ./examples/quickstart -fail 1000
//	go run ./examples/quickstart -root . 2>progress.log
//	CHUNKSCOPE_ADDR=:9090 go run ./examples/quickstart
//
// An executor names the job, [core.Map] runs it, and hooks observe it.
// [exporters.FromEnv] makes the hooks from environment variables;
// docs/environment.md lists them. By default the run is shown on standard
// error: a bar on a terminal, a line now and then in a log, and a summary at
// the end. On a terminal the live page is served too, until Ctrl-C; see page.go.
// The job is in scan.go and contains no code for this.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/build"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

func main() {
	root := flag.String("root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "read `n` files at once")
	fail := flag.Int("fail", 0, "make every `n`th file fail, to show failures")
	flag.Parse()
	if *workers < 1 || *fail < 0 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: quickstart [-root dir] [-workers n] [-fail n], with at least 1 worker, and -fail 0 for no failures")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *root, *workers, *fail, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		switch {
		case core.IsPartial(err): // all was done, and the failures are tolerated
		case ctx.Err() != nil && errors.Is(err, context.Cause(ctx)):
			os.Exit(130) // interrupted
		default:
			os.Exit(1)
		}
	}
}

func run(ctx context.Context, root string, workers, fail int, stdout, stderr io.Writer) error {
	fsys, files, err := goFiles(ctx, root)
	if err != nil {
		return err
	}
	page := pageOptions()
	suite, err := exporters.FromEnv(ctx, append(page, exporters.WithTerminal(stderr))...)
	if err != nil {
		return err
	}
	if addr := suite.Addr(); addr != "" && page == nil {
		fmt.Fprintf(stderr, "metrics at http://%s/metrics\n", addr)
	}
	exec := core.NewExecutor(core.WithName("quickstart"), core.WithWorkers(workers), core.WithContinueOnError(),
		core.WithItemName(func(f file) string { return f.name }))
	exec.Register(suite.Hook(), firstFailure(suite.Writer()))
	jobErr := scan(ctx, exec, fsys, files, fail, stdout)
	if page != nil && ctx.Err() == nil {
		keepPage(ctx, exec, suite.Page(), stderr)
	}
	// Not the context of the job: a canceled job has results to send, too.
	if err := suite.Shutdown(context.WithoutCancel(ctx)); err != nil {
		fmt.Fprintln(stderr, "not everything was sent:", err)
	}
	return jobErr
}

// firstFailure returns a hook that prints the first failure at once, above the
// bar. The summary lists more.
func firstFailure(w io.Writer) core.Hook {
	var once sync.Once
	return core.OnItemFailure(func(f core.ItemFailure) {
		once.Do(func() { fmt.Fprintln(w, "first failure:", f.Err) })
	})
}
