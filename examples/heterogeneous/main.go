// Heterogeneous reports how uneven work is. It counts the exported functions of
// each package of Go: some packages have one short file, others hundreds.
//
//	go run ./examples/heterogeneous
//	go run ./examples/heterogeneous -chunk 1
//	go run ./examples/heterogeneous -root .
//
// It prints a line for each chunk with its speed, and whether that is fast,
// medium or slow compared with the chunks before it. Finally it prints the
// coefficient of variation of the durations of chunks: their standard deviation
// divided by their mean. Above 0.3 the work is uneven, and with large chunks
// workers wait for the one with the slowest chunk. See speeds.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"io"
	"maps"
	"path"
	"slices"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

func main() { cli.Main(run) }

// run is main with its environment as arguments. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("heterogeneous", "Counts what the packages of Go export, and reports how uneven that work is.")
	workers, size := c.Workers(), c.Count("chunk", 32, "read `n` packages in a chunk")
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		exec := core.NewExecutor(core.WithName(c.Name()), core.WithWorkers(*workers), core.WithChunkSize(*size), core.WithContinueOnError())
		return survey(ctx, exec, tree, stdout)
	})
}

// survey is the job.
func survey(ctx context.Context, exec *core.Executor, tree *gosrc.Tree, stdout io.Writer) error {
	exec.Register(printSpeeds(stdout))

	var exported atomic.Int64
	runErr := core.ForEach(ctx, exec, packages(tree.Files), func(ctx context.Context, files []string) error {
		for _, name := range files {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			n, err := tree.Count(name, isExported)
			if err != nil {
				return err
			}
			exported.Add(int64(n))
		}
		return nil
	})

	_, err := fmt.Fprintf(stdout, "%d exported functions and methods\n", exported.Load())
	return errors.Join(runErr, err)
}

// packages groups files by their directories.
func packages(files []string) (groups [][]string) {
	byDir := map[string][]string{}
	for _, name := range files {
		byDir[path.Dir(name)] = append(byDir[path.Dir(name)], name)
	}
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		groups = append(groups, byDir[dir])
	}
	return groups
}

// isExported reports whether a node of a syntax tree declares an exported
// function or method.
func isExported(n ast.Node) bool {
	f, ok := n.(*ast.FuncDecl)
	return ok && f.Name.IsExported()
}
