// Dashboard shows a run as a small dashboard, while it looks for comments that
// say TODO in the source of Go.
//
//	go run ./examples/dashboard
//	go run ./examples/dashboard -workers 1
//	go run ./examples/dashboard -root . 2>dashboard.log
//
// On a terminal it is redrawn twice a second, and the last frame stays:
//
//	dashboard running
//	[=======================>                        ]  50%
//	files     3224 of 6421, 0 failed
//	speed     1402/s, 1311/s on average
//	time      2.5s, 2.4s left (2.3s to 2.5s)
//	chunks    1210, the slowest took 180ms
//
// Elsewhere it prints the same as one plain line, at the start, every five
// seconds and at the end. The hook has three functions, see board.go;
// core.Every throttles it. termhook shows as much, for several runs at once.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	root := flag.String("root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "read `n` files at once")
	flag.Parse()
	if *workers < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: dashboard [-root dir] [-workers n], with n at least 1")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *root, *workers, os.Stdout, os.Stderr); err != nil {
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

func run(ctx context.Context, root string, workers int, stdout, stderr io.Writer) error {
	fsys, files, err := goFiles(ctx, root)
	if err != nil {
		return err
	}
	exec := core.NewExecutor(core.WithName("dashboard"), core.WithWorkers(workers), core.WithContinueOnError())
	exec.Register(dashboard(stderr))
	return search(ctx, exec, fsys, files, stdout)
}

// search is the job.
func search(ctx context.Context, exec *core.Executor, fsys fs.FS, files []string, stdout io.Writer) error {
	var found atomic.Int64
	runErr := core.ForEach(ctx, exec, files, func(_ context.Context, name string) error {
		n, err := todos(fsys, name)
		found.Add(n)
		return err
	})
	_, err := fmt.Fprintf(stdout, "%d comments say TODO\n", found.Load())
	return errors.Join(runErr, err)
}

// todos counts the comments in a file that say TODO.
func todos(fsys fs.FS, name string) (n int64, err error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return 0, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return 0, err
	}
	for _, comment := range file.Comments {
		if strings.Contains(comment.Text(), "TODO") {
			n++
		}
	}
	return n, nil
}
