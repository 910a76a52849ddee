// Analysis counts the types in the source of Go and reports where the time of
// the run went.
//
//	go run ./examples/analysis
//	go run ./examples/analysis -workers 1
//	go run ./examples/analysis -root .
//
// It prints the time of the workers by the stages of the work, the durations of
// chunks (half of them take at most p50, nine in ten at most p90, and so on),
// the files per second, and the work of each worker. The README of the examples
// shows the output.
//
// One hook in report.go collects everything but the stages. It keeps the
// duration of every chunk until the run ends. Long runs should not do this: the
// histograms of promhook and otelhook stay small.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	root := flag.String("root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "read `n` files at once")
	flag.Parse()
	if *workers < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: analysis [-root dir] [-workers n], with n at least 1")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *root, *workers, os.Stdout); err != nil {
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

func run(ctx context.Context, root string, workers int, stdout io.Writer) error {
	fsys, files, err := goFiles(ctx, root)
	if err != nil {
		return err
	}
	exec := core.NewExecutor(core.WithName("analysis"), core.WithWorkers(workers), core.WithContinueOnError())
	return analyze(ctx, exec, fsys, files, stdout)
}

// analyze is the job.
func analyze(ctx context.Context, exec *core.Executor, fsys fs.FS, files []string, stdout io.Writer) error {
	reading, parsing, counting := &stage{name: "reading"}, &stage{name: "parsing"}, &stage{name: "counting"}
	var report report
	exec.Register(&report)

	var total atomic.Int64
	runErr := core.ForEach(ctx, exec, files, func(_ context.Context, name string) error {
		start := time.Now()
		text, err := fs.ReadFile(fsys, name)
		start = reading.since(start)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		start = parsing.since(start)
		if err != nil {
			return err
		}
		total.Add(types(file))
		counting.since(start)
		return nil
	})

	fmt.Fprintf(stdout, "%d types in %d files\n", total.Load(), report.end.ItemsDone-report.end.ItemsFailed)
	return errors.Join(runErr, report.write(stdout, []*stage{reading, parsing, counting}))
}

// types counts the types that a file declares.
func types(file *ast.File) (n int64) {
	for node := range ast.Preorder(file) {
		if _, ok := node.(*ast.TypeSpec); ok {
			n++
		}
	}
	return n
}

// A stage is a part of the work on every item, with the time spent in it.
type stage struct {
	name  string
	total atomic.Int64 // nanoseconds, of all workers
}

// since adds the time from start until now to the stage, and returns now.
func (s *stage) since(start time.Time) (now time.Time) {
	now = time.Now()
	s.total.Add(int64(now.Sub(start)))
	return now
}
