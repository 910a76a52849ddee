// Slowchunk prints an alert as soon as a chunk takes over one and a half times
// the mean of the five before it. It parses the source of Go, in chunks of
// equal numbers of files and in random order, which makes the chunks
// comparable.
//
//	go run ./examples/slowchunk
//	go run ./examples/slowchunk -chunk 50 -workers 1
//	go run ./examples/slowchunk -all
//
// The rule is the type window in window.go. A hook of one line applies it. Such
// a hook has its own lock, so the rule needs none.
package main

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

func main() { cli.Main(run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("slowchunk", "Parses Go files, and reports chunks that take over 1.5 times the mean of the five before them.")
	workers := c.Workers()
	size := c.Count("chunk", 100, "put `n` files into a chunk")
	all := c.Bool("all", false, "print every chunk, not only the slow ones")
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		shuffle(tree.Files)
		alerts := &alerter{out: stdout, tree: tree, printAll: *all}
		exec := core.NewExecutor(
			core.WithName("slowchunk"), core.WithWorkers(*workers), core.WithChunkSize(*size), core.WithContinueOnError())
		exec.Register(core.OnChunkEnd(alerts.chunk))
		err := core.ForEach(ctx, exec, tree.Files, func(_ context.Context, name string) error {
			_, err := tree.Parse(name)
			return err
		})
		fmt.Fprintf(stdout, "%d of %d chunks were slow\n", alerts.slow, alerts.chunks)
		return err
	})
}

// shuffle sorts files into an order that is unrelated to their contents, and
// the same each time.
func shuffle(files []string) {
	key := func(name string) uint64 {
		h := fnv.New64a()
		_, _ = io.WriteString(h, name)
		return h.Sum64()
	}
	slices.SortFunc(files, func(a, b string) int { return cmp.Compare(key(a), key(b)) })
}

// alerter prints slow chunks as they end.
type alerter struct {
	out          io.Writer
	tree         *gosrc.Tree
	printAll     bool
	window       window
	chunks, slow int
}

func (a *alerter) chunk(e core.ChunkEnd) {
	a.chunks++
	if a.printAll {
		fmt.Fprintf(a.out, "chunk %d: %d files in %v\n", e.Chunk, e.Items, e.Duration)
	}
	if mean, slow := a.window.add(e.Duration); slow {
		a.slow++
		fmt.Fprintf(a.out, "slow: chunk %d took %v, %.1f times the mean of the five before it; its largest file is %s\n",
			e.Chunk, e.Duration.Round(time.Microsecond), float64(e.Duration)/float64(mean), a.largest(e.Offset, e.Items))
	}
}

// largest returns the name of the largest of n consecutive files.
func (a *alerter) largest(offset, n int) string {
	return slices.MaxFunc(a.tree.Files[offset:offset+n], func(x, y string) int {
		return cmp.Compare(a.size(x), a.size(y))
	})
}

func (a *alerter) size(name string) int64 {
	info, err := fs.Stat(a.tree, name)
	if err != nil {
		return 0
	}
	return info.Size()
}
