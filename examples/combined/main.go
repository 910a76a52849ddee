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
	"fmt"
	"go/ast"
	"go/types"
	"io"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

func main() { cli.Main(run) }

// run is main with its environment as arguments. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("combined", "Counts how often the source of Go says if err != nil; shows a bar, and a line for every fifth chunk.")
	workers, size, every := c.Workers(), c.Count("chunk", 64, "read `n` files in a chunk"), c.Count("every", 5, "print a line for every `n`th chunk")
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		exec := core.NewExecutor(core.WithName(c.Name()), core.WithWorkers(*workers), core.WithChunkSize(*size), core.WithContinueOnError())
		exec.Register(progressAndChunks(stderr, *every))
		return search(ctx, exec, tree, stdout)
	})
}

// search is the job.
func search(ctx context.Context, exec *core.Executor, tree *gosrc.Tree, stdout io.Writer) error {
	var found atomic.Int64
	runErr := core.ForEach(ctx, exec, tree.Files, func(_ context.Context, name string) error {
		n, err := tree.Count(name, func(n ast.Node) bool {
			check, ok := n.(*ast.IfStmt)
			return ok && types.ExprString(check.Cond) == "err != nil"
		})
		found.Add(int64(n))
		return err
	})
	_, err := fmt.Fprintf(stdout, "%d times if err != nil\n", found.Load())
	return errors.Join(runErr, err)
}
