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
	"flag"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	root := flag.String("root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "parse `n` chunks at once")
	size := flag.Int("chunk", 100, "put `n` files into a chunk")
	all := flag.Bool("all", false, "print every chunk, not only the slow ones")
	flag.Parse()
	if *workers < 1 || *size < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: slowchunk [-root dir] [-workers n] [-chunk n] [-all], with n at least 1")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *root, *workers, *size, *all, os.Stdout); err != nil {
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

func run(ctx context.Context, root string, workers, size int, all bool, stdout io.Writer) error {
	fsys, files, err := goFiles(ctx, root)
	if err != nil {
		return err
	}
	shuffle(files)
	alerts := &alerter{out: stdout, fsys: fsys, files: files, printAll: all}
	exec := core.NewExecutor(
		core.WithName("slowchunk"), core.WithWorkers(workers), core.WithChunkSize(size), core.WithContinueOnError())
	exec.Register(core.OnChunkEnd(alerts.chunk))
	err = core.ForEach(ctx, exec, files, func(_ context.Context, name string) error {
		return parse(fsys, name)
	})
	fmt.Fprintf(stdout, "%d of %d chunks were slow\n", alerts.slow, alerts.chunks)
	return err
}

// parse is the work on one file.
func parse(fsys fs.FS, name string) error {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	_, err = parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	return err
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
	fsys         fs.FS
	files        []string // in the order of the run
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
	return slices.MaxFunc(a.files[offset:offset+n], func(x, y string) int {
		return cmp.Compare(a.size(x), a.size(y))
	})
}

func (a *alerter) size(name string) int64 {
	info, err := fs.Stat(a.fsys, name)
	if err != nil {
		return 0
	}
	return info.Size()
}
