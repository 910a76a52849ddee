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
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

func main() { cli.Main(run) }

// run is main with its environment as arguments. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("dashboard", "Counts the comments that say TODO in the source of Go, and shows a dashboard.")
	workers := c.Workers()
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		exec := core.NewExecutor(core.WithName(c.Name()), core.WithWorkers(*workers), core.WithContinueOnError())
		exec.Register(dashboard(stderr))
		return search(ctx, exec, tree, stdout)
	})
}

// search is the job.
func search(ctx context.Context, exec *core.Executor, tree *gosrc.Tree, stdout io.Writer) error {
	var found atomic.Int64
	runErr := core.ForEach(ctx, exec, tree.Files, func(_ context.Context, name string) error {
		syntax, err := tree.Parse(name)
		if err != nil {
			return err
		}
		for _, group := range syntax.Comments {
			if strings.Contains(group.Text(), "TODO") {
				found.Add(1)
			}
		}
		return nil
	})
	_, err := fmt.Fprintf(stdout, "%d comments say TODO\n", found.Load())
	return errors.Join(runErr, err)
}
