// Owncode is a program that keeps its own loop. It has an errgroup with one
// goroutine a package, and checks the format of Go files as gofmt -l does.
// Chunkscope adds only four lines, marked in check and unformatted. With them,
// hooks see the program as a run and each package as a chunk.
//
//	go run ./examples/owncode
//	go run ./examples/owncode -root . -workers 1
//
// The other lines are unchanged. The errgroup limits the goroutines, its
// context ends with the first error, and Wait returns that error.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"go/build"
	"go/format"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	root := flag.String("root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "check `n` packages at once")
	flag.Parse()
	if *workers < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: owncode [-root dir] [-workers n], with n at least 1")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *root, *workers, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "owncode:", err)
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
	exec := core.NewExecutor(core.WithName("owncode"))
	exec.Register(
		core.Every(time.Second, core.OnProgress(func(p core.Progress) {
			percent, _ := p.Percent()
			fmt.Fprintf(stderr, "%3.0f%%  %d of %d files, %d packages active\n", percent, p.ItemsDone, p.Items, p.ChunksActive)
		})),
		core.OnRunEnd(func(e core.RunEnd) {
			fmt.Fprintf(stderr, "%v: %d packages, %d files, %d failed\n", e.Outcome, e.Chunks, e.ItemsDone, e.ItemsFailed)
		}),
	)
	differ, err := check(ctx, exec, fsys, files, workers)
	for _, name := range differ {
		fmt.Fprintln(stdout, name)
	}
	return err
}

// check returns the files whose format is not gofmt's, sorted.
func check(ctx context.Context, exec *core.Executor, fsys fs.FS, files []string, workers int) ([]string, error) {
	ctx, run := exec.Start(ctx, len(files)) // added
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	packages := byDirectory(files)
	differ := make([][]string, len(packages)) // one for each package, so that they need no lock
	for i, names := range packages {
		group.Go(func() error {
			return run.Chunk(ctx, len(names), func(ctx context.Context) (err error) { // added
				differ[i], err = unformatted(ctx, fsys, names)
				return err
			})
		})
	}
	err := group.Wait()
	run.End(err) // added
	all := slices.Concat(differ...)
	slices.Sort(all)
	return all, err
}

// unformatted is the work on one package.
func unformatted(ctx context.Context, fsys fs.FS, files []string) ([]string, error) {
	var differ []string
	for i, name := range files {
		if ctx.Err() != nil {
			return differ, context.Cause(ctx)
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return differ, err
		}
		want, err := format.Source(text)
		if err != nil {
			return differ, fmt.Errorf("%s:%w", name, err)
		}
		if !bytes.Equal(text, want) {
			differ = append(differ, name)
		}
		core.ReportProgress(ctx, i+1) // added: shows progress within a large package
	}
	return differ, nil
}

// byDirectory groups files by package.
func byDirectory(files []string) (packages [][]string) {
	groups := map[string][]string{}
	for _, name := range files {
		groups[path.Dir(name)] = append(groups[path.Dir(name)], name)
	}
	for _, dir := range slices.Sorted(maps.Keys(groups)) {
		packages = append(packages, groups[dir])
	}
	return packages
}
