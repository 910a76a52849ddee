// Slowchunk raises an alert as soon as a chunk takes over one and a half times
// the mean of the five before it. It parses the source of Go, in chunks of the
// same number of files and in no order: that is what makes chunks comparable.
//
//	go run ./examples/slowchunk
//	go run ./examples/slowchunk -chunk 50 -workers 1
//	go run ./examples/slowchunk -all
//
// The rule is the type window in window.go. A hook of one line applies it; such
// a hook has a lock of its own, so that the rule needs none.
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
	c := cli.New("slowchunk", "Parses Go files, and tells which chunks take over 1.5 times the mean of the five before them.")
	workers := c.Workers()
	size := c.Count("chunk", 100, "put `n` files into a chunk")
	all := c.Bool("all", false, "tell of every chunk, not of the slow ones alone")
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		shuffle(tree.Files)
		alerts := &watch{out: stdout, tree: tree, all: *all}
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

// shuffle brings files into an order that has nothing to do with what is in
// them, the same each time.
func shuffle(files []string) {
	key := func(name string) uint64 {
		h := fnv.New64a()
		_, _ = io.WriteString(h, name)
		return h.Sum64()
	}
	slices.SortFunc(files, func(a, b string) int { return cmp.Compare(key(a), key(b)) })
}

// watch tells of slow chunks as they end.
type watch struct {
	out          io.Writer
	tree         *gosrc.Tree
	all          bool
	window       window
	chunks, slow int
}

func (w *watch) chunk(e core.ChunkEnd) {
	w.chunks++
	if w.all {
		fmt.Fprintf(w.out, "chunk %d: %d files in %v\n", e.Chunk, e.Items, e.Duration)
	}
	if mean, slow := w.window.add(e.Duration); slow {
		w.slow++
		fmt.Fprintf(w.out, "slow: chunk %d took %v, %.1f times the mean of the five before it; its largest file is %s\n",
			e.Chunk, e.Duration.Round(time.Microsecond), float64(e.Duration)/float64(mean), w.largest(e.Offset, e.Items))
	}
}

// largest names the largest of some neighbouring files.
func (w *watch) largest(offset, n int) string {
	return slices.MaxFunc(w.tree.Files[offset:offset+n], func(a, b string) int {
		return cmp.Compare(w.bytes(a), w.bytes(b))
	})
}

func (w *watch) bytes(name string) int64 {
	info, err := fs.Stat(w.tree, name)
	if err != nil {
		return 0
	}
	return info.Size()
}
