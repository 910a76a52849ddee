// Progress shows an animated bar while it counts the functions in the source of
// Go.
//
//	go run ./examples/progress
//	go run ./examples/progress -root . -workers 1
//	go run ./examples/progress 2>progress.log
//
// On a terminal it redraws one line ten times a second; a narrow terminal shows
// the figures without the bar:
//
//	[=============>            ]  50%  3215 of 6421 files  1402/s  about 2s left
//
// Elsewhere it prints a plain line at the start, every five seconds and at the
// end.
//
// The bar is a hook made of two functions, see bar.go. termhook draws more:
// failures, several runs at once, runs that stall, a summary.
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
	"syscall"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	root := flag.String("root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "read `n` files at once")
	flag.Parse()
	if *workers < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: progress [-root dir] [-workers n], with n at least 1")
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
	exec := core.NewExecutor(core.WithName("progress"), core.WithWorkers(workers), core.WithContinueOnError())
	exec.Register(bar(stderr))
	return count(ctx, exec, fsys, files, stdout)
}

// count is the job.
func count(ctx context.Context, exec *core.Executor, fsys fs.FS, files []string, stdout io.Writer) error {
	var end core.RunEnd
	exec.Register(core.OnRunEnd(func(e core.RunEnd) { end = e }))
	counts, runErr := core.Map(ctx, exec, files, func(_ context.Context, name string) (int, error) {
		return functions(fsys, name)
	})

	total := 0
	for _, n := range counts {
		total += n
	}
	_, err := fmt.Fprintf(stdout, "%d functions in %d files\n", total, end.ItemsDone-end.ItemsFailed)
	return errors.Join(runErr, err)
}

// functions counts the functions and methods that a file declares.
func functions(fsys fs.FS, name string) (n int, err error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return 0, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return 0, err
	}
	for _, declaration := range file.Decls {
		if _, ok := declaration.(*ast.FuncDecl); ok {
			n++
		}
	}
	return n, nil
}
