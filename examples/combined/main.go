// Combined counts how often the source of Go says if err != nil. It shows a bar
// and, above it, a line for every fifth chunk.
//
//	go run ./examples/combined
//	go run ./examples/combined -every 1 -chunk 500
//	go run ./examples/combined -root . 2>combined.log
//
// On a terminal the lines move up and the bar stays below them:
//
//	chunk   4 took 0.092s for 64 files   5%
//	chunk   9 took 0.104s for 64 files  10%
//	[===>                                    ]  12%  12 chunks  1217 files/s
//
// Elsewhere it prints a plain line at the start, every five seconds and at the
// end instead of the bar.
//
// The two moments come on different goroutines: OnChunkEnd on that of a worker,
// OnProgress on one of the run. Here both draw on one terminal and share a
// lock: see view.go. termhook has such a lock: lines that are written to its
// Writer appear above its bar.
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
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	root := flag.String("root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "read `n` chunks at once")
	size := flag.Int("chunk", 64, "read `n` files in a chunk")
	every := flag.Int("every", 5, "print a line for every `n`th chunk")
	flag.Parse()
	if *workers < 1 || *size < 1 || *every < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: combined [-root dir] [-workers n] [-chunk n] [-every n], with n at least 1")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *root, *workers, *size, *every, os.Stdout, os.Stderr); err != nil {
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

func run(ctx context.Context, root string, workers, size, every int, stdout, stderr io.Writer) error {
	fsys, files, err := goFiles(ctx, root)
	if err != nil {
		return err
	}
	exec := core.NewExecutor(core.WithName("combined"), core.WithWorkers(workers), core.WithChunkSize(size), core.WithContinueOnError())
	exec.Register(progressAndChunks(stderr, every))
	return search(ctx, exec, fsys, files, stdout)
}

// search is the job.
func search(ctx context.Context, exec *core.Executor, fsys fs.FS, files []string, stdout io.Writer) error {
	var found atomic.Int64
	runErr := core.ForEach(ctx, exec, files, func(_ context.Context, name string) error {
		n, err := checks(fsys, name)
		found.Add(n)
		return err
	})
	_, err := fmt.Fprintf(stdout, "%d times if err != nil\n", found.Load())
	return errors.Join(runErr, err)
}

// checks counts how often a file says if err != nil.
func checks(fsys fs.FS, name string) (n int64, err error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return 0, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return 0, err
	}
	for node := range ast.Preorder(file) {
		if check, ok := node.(*ast.IfStmt); ok && types.ExprString(check.Cond) == "err != nil" {
			n++
		}
	}
	return n, nil
}
