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
	"flag"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	root := flag.String("root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "compress `n` chunks at once")
	size := flag.Int("chunk", 400, "compress `n` files together")
	flag.Parse()
	if *workers < 1 || *size < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: chunks [-root dir] [-workers n] [-chunk n], with n at least 1")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *root, *workers, *size, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		switch {
		case core.IsPartial(err): // all was done, and the failures are tolerated
		case ctx.Err() != nil:
			os.Exit(130) // interrupted
		default:
			os.Exit(1)
		}
	}
}

func run(ctx context.Context, root string, workers, size int, stdout io.Writer) error {
	fsys, files, err := goFiles(ctx, root)
	if err != nil {
		return err
	}
	exec := core.NewExecutor(core.WithName("chunks"), core.WithWorkers(workers), core.WithChunkSize(size), core.WithContinueOnError())
	return compress(ctx, exec, fsys, files, stdout)
}

// compress is the job.
func compress(ctx context.Context, exec *core.Executor, fsys fs.FS, files []string, stdout io.Writer) error {
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
	runErr := core.ForEachChunk(ctx, exec, files, func(ctx context.Context, names []string) error {
		read, packed, err := pack(ctx, fsys, names)
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
func pack(ctx context.Context, fsys fs.FS, names []string) (read, packed int64, err error) {
	var out counter
	writer, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return 0, 0, err
	}
	for _, name := range names {
		if ctx.Err() != nil {
			return read, int64(out), context.Cause(ctx)
		}
		text, err := fs.ReadFile(fsys, name)
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
