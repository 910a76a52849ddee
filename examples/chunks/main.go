// Chunks compresses the source of Go. It prints a line for each chunk as it
// ends, and finally the average, the least and the greatest duration of a
// chunk.
//
//	go run ./examples/chunks
//	go run ./examples/chunks -chunk 50 -workers 1
//	go run ./examples/chunks -root .
//
// It prints
//
//	chunk   0  worker 0   400 files    0.113s    6%
//	chunk   1  worker 1   400 files    0.157s   12%
//	...
//	17 chunks: average 0.162s, least 0.010s, greatest 0.309s
//
// The duration of a chunk is that of the work alone, with any number of
// workers. It includes neither the wait for a worker nor the time in hooks.
// Chunks end in any order.
package main

import (
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

func main() { cli.Main(run) }

// run is main with its environment as arguments. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("chunks", "Compresses the source of Go, and prints a line for each chunk.")
	workers, size := c.Workers(), c.Count("chunk", 400, "compress `n` files together")
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		return compress(ctx, tree, *workers, *size, stdout)
	})
}

// compress is the job.
func compress(ctx context.Context, tree *gosrc.Tree, workers, size int, stdout io.Writer) error {
	exec := core.NewExecutor(core.WithName("chunks"), core.WithWorkers(workers), core.WithChunkSize(size), core.WithContinueOnError())

	var times []time.Duration
	exec.Register(core.OnChunkEnd(func(e core.ChunkEnd) {
		times = append(times, e.Duration) // one call at a time
		percent, _ := e.Percent()
		fmt.Fprintf(stdout, "chunk %3d  worker %d  %4d files  %7.3fs  %3d%%", e.Chunk, e.Worker, e.Items, e.Duration.Seconds(), int(percent))
		if e.Outcome != core.OutcomeOK {
			fmt.Fprintf(stdout, "  %v", e.Outcome)
		}
		fmt.Fprintln(stdout)
	}))

	var before, after atomic.Int64
	runErr := core.ForEachChunk(ctx, exec, tree.Files, func(ctx context.Context, names []string) error {
		read, packed, err := pack(ctx, tree, names)
		before.Add(read)
		after.Add(packed)
		return err
	})

	if len(times) > 0 {
		var sum time.Duration
		for _, t := range times {
			sum += t
		}
		fmt.Fprintf(stdout, "%d chunks: average %.3fs, least %.3fs, greatest %.3fs\n", len(times),
			sum.Seconds()/float64(len(times)), slices.Min(times).Seconds(), slices.Max(times).Seconds())
	}
	_, err := fmt.Fprintf(stdout, "%d bytes of source compressed to %d\n", before.Load(), after.Load())
	return errors.Join(runErr, err)
}

// pack compresses files as one, and returns the numbers of bytes read and
// written.
func pack(ctx context.Context, tree *gosrc.Tree, names []string) (read, packed int64, err error) {
	var out counter
	writer, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return 0, 0, err
	}
	for _, name := range names {
		if ctx.Err() != nil {
			return read, int64(out), context.Cause(ctx)
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return read, int64(out), err
		}
		n, _ := writer.Write(text) // a counter returns no error
		read += int64(n)
	}
	err = writer.Close()
	return read, int64(out), err
}

// A counter is a writer that only counts bytes.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
