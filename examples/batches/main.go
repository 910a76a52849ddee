// Batches processes many items in one call, for work that is cheaper that way.
// It fills a database with the hashes of all Go files. A transaction costs one
// write to the disk, whatever its size.
//
//	go run ./examples/batches
//	go run ./examples/batches -batch 1   # as many writes as files
//	go run ./examples/batches -db hashes.db
//
// core.ForEachChunk passes a whole chunk to a function: insert in store.go
// stores it in one transaction. If the transaction fails, none of its items is
// in the database, so all items of the chunk count as failed. core.StreamChunks
// does the same for items that arrive one by one: verify reads the database
// back without holding it in memory.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/build"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"go.etcd.io/bbolt"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	root := flag.String("root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "hash `n` batches at once")
	batch := flag.Int("batch", 1000, "put `n` files into a transaction")
	file := flag.String("db", "", "keep the database in `file` (default a temporary one)")
	flag.Parse()
	if *workers < 1 || *batch < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: batches [-root dir] [-workers n] [-batch n] [-db file], with n at least 1")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *root, *file, os.Stdout, core.WithWorkers(*workers), core.WithChunkSize(*batch)); err != nil {
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

// run is the job: it fills the database in file, or in a temporary one, and
// verifies it.
func run(ctx context.Context, root, file string, stdout io.Writer, opts ...core.Option) error {
	fsys, files, err := goFiles(ctx, root)
	if err != nil {
		return err
	}
	if file == "" {
		dir, err := os.MkdirTemp("", "chunkscope-batches")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		file = filepath.Join(dir, "hashes.db")
	}
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{Timeout: time.Second}) // the time to wait for another process
	if err != nil {
		return fmt.Errorf("cannot open the database %s: %w; name another file with -db", file, err)
	}
	s := &store{db: db, fsys: fsys, files: files}
	return errors.Join(s.fillAndVerify(ctx, stdout, opts...), db.Close())
}

// fillAndVerify is two runs with the same hook.
func (s *store) fillAndVerify(ctx context.Context, stdout io.Writer, opts ...core.Option) error {
	summary := core.OnRunEnd(func(e core.RunEnd) {
		fmt.Fprintf(stdout, "%s: %d of %d files in %d batches, %v\n", e.Executor, e.ItemsDone-e.ItemsFailed, len(s.files), e.Chunks, e.Duration.Round(time.Millisecond))
	})

	insert := core.NewExecutor(append(opts, core.WithName("insert"))...)
	insert.Register(summary)
	if err := core.ForEachChunk(ctx, insert, s.files, s.insert); err != nil {
		return err
	}

	verify := core.NewExecutor(append(opts, core.WithName("verify"))...)
	verify.Register(summary)
	differ := 0
	for same, err := range core.StreamChunks(ctx, verify, s.records(), s.verify) {
		if err != nil {
			return err
		}
		if !same {
			differ++
		}
	}
	_, err := fmt.Fprintf(stdout, "%d records differ from their files\n", differ)
	return err
}
