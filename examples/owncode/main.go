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
	"fmt"
	"go/format"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

func main() { cli.Main(run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("owncode", "Lists the Go files whose format differs from gofmt's.")
	workers := c.Workers()
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
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
		differ, err := check(ctx, exec, tree, *workers)
		for _, name := range differ {
			fmt.Fprintln(stdout, name)
		}
		return err
	})
}

// check returns the files whose format is not gofmt's, sorted.
func check(ctx context.Context, exec *core.Executor, tree *gosrc.Tree, workers int) ([]string, error) {
	ctx, run := exec.Start(ctx, len(tree.Files)) // added
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	packages := byDirectory(tree.Files)
	differ := make([][]string, len(packages)) // one for each package, so that they need no lock
	for i, files := range packages {
		group.Go(func() error {
			return run.Chunk(ctx, len(files), func(ctx context.Context) (err error) { // added
				differ[i], err = unformatted(ctx, tree, files)
				return err
			})
		})
	}
	err := group.Wait()
	run.End(err) // added
	names := slices.Concat(differ...)
	slices.Sort(names)
	return names, err
}

// unformatted is the work on one package.
func unformatted(ctx context.Context, tree fs.FS, files []string) ([]string, error) {
	var differ []string
	for i, name := range files {
		if ctx.Err() != nil {
			return differ, context.Cause(ctx)
		}
		text, err := fs.ReadFile(tree, name)
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
