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
	"fmt"
	"go/ast"
	"io"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

func main() { cli.Main(run) }

// run is main with its environment as arguments. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("analysis", "Counts the types in the source of Go, and reports where the time went.")
	workers := c.Workers()
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		exec := core.NewExecutor(core.WithName(c.Name()), core.WithWorkers(*workers), core.WithContinueOnError())
		return analyze(ctx, exec, tree, stdout)
	})
}

// analyze is the job.
func analyze(ctx context.Context, exec *core.Executor, tree *gosrc.Tree, stdout io.Writer) error {
	stages := []*stage{{name: "reading"}, {name: "parsing"}, {name: "counting"}}
	var report report
	exec.Register(&report)

	var types atomic.Int64
	runErr := core.ForEach(ctx, exec, tree.Files, func(_ context.Context, name string) error {
		start := time.Now()
		text, err := fs.ReadFile(tree, name)
		start = stages[0].since(start)
		if err != nil {
			return err
		}
		syntax, err := gosrc.Parse(name, text)
		start = stages[1].since(start)
		if err != nil {
			return err
		}
		types.Add(int64(gosrc.Count(syntax, isType)))
		stages[2].since(start)
		return nil
	})

	fmt.Fprintf(stdout, "%d types in %d files\n", types.Load(), report.end.ItemsDone-report.end.ItemsFailed)
	return errors.Join(runErr, report.write(stdout, stages))
}

// isType reports whether a node of a syntax tree declares a type.
func isType(n ast.Node) bool {
	_, ok := n.(*ast.TypeSpec)
	return ok
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
