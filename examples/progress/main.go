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
//	[==============>               ]  50%  3215 of 6421 files  1402/s  about 2s left
//
// Elsewhere it prints a plain line at the start, every five seconds and at the
// end.
//
// The bar is a hook made of two functions, bar and line below. termhook draws
// more: failures, several runs at once, runs that stall, a summary.
package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"io"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
	"github.com/chunkscope/chunkscope/examples/internal/terminal"
)

func main() { cli.Main(run) }

// run is main with its environment as arguments. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("progress", "Counts the functions in the source of Go, and shows a bar while it does.")
	workers := c.Workers()
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		return count(ctx, tree, *workers, stdout, stderr)
	})
}

// count is the job.
func count(ctx context.Context, tree *gosrc.Tree, workers int, stdout, stderr io.Writer) error {
	exec := core.NewExecutor(core.WithName("progress"), core.WithWorkers(workers), core.WithContinueOnError())
	exec.Register(bar(stderr))

	var end core.RunEnd
	exec.Register(core.OnRunEnd(func(e core.RunEnd) { end = e }))
	counts, runErr := core.Map(ctx, exec, tree.Files, func(_ context.Context, name string) (int, error) {
		return tree.Count(name, isFunction)
	})

	total := 0
	for _, n := range counts {
		total += n
	}
	_, err := fmt.Fprintf(stdout, "%d functions in %d files\n", total, end.ItemsDone-end.ItemsFailed)
	return errors.Join(runErr, err)
}

// isFunction reports whether a node of a syntax tree declares a function or a
// method.
func isFunction(n ast.Node) bool {
	_, ok := n.(*ast.FuncDecl)
	return ok
}

// bar returns a hook that shows the progress of a run on out. The executor
// sends at most ten Progress a second, which suits the eye.
func bar(out io.Writer) core.Hook {
	if columns, _ := terminal.Size(out); columns == 0 {
		return core.Every(5*time.Second, core.OnProgress(func(p core.Progress) { fmt.Fprintln(out, line(p, 0)) }))
	}
	return core.MultiHook(
		core.OnProgress(func(p core.Progress) {
			columns, _ := terminal.Size(out)
			terminal.Rewrite(out, line(p, columns))
		}),
		core.OnRunEnd(func(core.RunEnd) { fmt.Fprintln(out) }),
	)
}

// line formats p for a number of columns. A wide line begins with the bar, a
// narrow one with the most important figures.
func line(p core.Progress, columns int) string {
	percent, _ := p.Percent()
	text := fmt.Sprintf("%3d%%  %d of %d files  %.0f/s", int(percent), p.ItemsDone, p.Items, p.Throughput)
	if p.ItemsFailed > 0 {
		text += fmt.Sprintf("  %d failed", p.ItemsFailed)
	}
	if p.Remaining.Known && p.ItemsDone < p.Items {
		text += fmt.Sprintf("  about %v left", p.Remaining.Expected.Truncate(time.Second)+time.Second)
	}
	if width := min(columns-48, 40); width >= 10 {
		text = terminal.Bar(percent, width) + " " + text
	}
	return text
}
