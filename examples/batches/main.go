// Batches puts many items into one call, for work that is cheaper that way: it
// fills a database with the hashes of all Go files. A transaction costs one
// write to the disk, however much is in it.
//
//	go run ./examples/batches
//	go run ./examples/batches -batch 1   # as many writes as files
//	go run ./examples/batches -db hashes.db
//
// core.ForEachChunk gives a function a whole chunk: insert in store.go makes one
// transaction of it. If it fails, all items of the chunk have failed, as none of
// them is in the database. core.StreamChunks does the same for items that come
// one by one: verify reads the database back, without holding it in memory.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

func main() { cli.Main(run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := cli.New("batches", "Puts the hashes of Go files into a database, many in a transaction, and verifies them.")
	workers := c.Workers()
	batch := c.Count("batch", 1000, "put `n` files into a transaction")
	path := c.String("db", "", "keep the database in `file` (default a temporary one)")
	return gosrc.Run(ctx, c, args, stdout, stderr, func(tree *gosrc.Tree) error {
		if *path == "" {
			dir, err := os.MkdirTemp("", "chunkscope-batches")
			if err != nil {
				return err
			}
			defer func() { _ = os.RemoveAll(dir) }()
			*path = filepath.Join(dir, "hashes.db")
		}
		db, err := bbolt.Open(*path, 0o600, &bbolt.Options{Timeout: time.Second}) // of waiting for another process
		if err != nil {
			return &cli.UsageError{Err: fmt.Errorf("cannot open the database %s: %w; name another file with -db", *path, err)}
		}
		s := &store{db: db, tree: tree}
		return errors.Join(s.fillAndVerify(ctx, stdout, core.WithWorkers(*workers), core.WithChunkSize(*batch)), db.Close())
	})
}

// fillAndVerify is the job: two runs, which the same hook watches.
func (s *store) fillAndVerify(ctx context.Context, stdout io.Writer, opts ...core.Option) error {
	told := core.OnRunEnd(func(e core.RunEnd) {
		fmt.Fprintf(stdout, "%s: %d of %d files in %d batches, %v\n", e.Executor, e.ItemsDone-e.ItemsFailed, len(s.tree.Files), e.Chunks, e.Duration.Round(time.Millisecond))
	})

	insert := core.NewExecutor(append(opts, core.WithName("insert"))...)
	insert.Register(told)
	if err := core.ForEachChunk(ctx, insert, s.tree.Files, s.insert); err != nil {
		return err
	}

	verify := core.NewExecutor(append(opts, core.WithName("verify"))...)
	verify.Register(told)
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
