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
		db, err := bbolt.Open(*path, 0o600, &bbolt.Options{Timeout: time.Second}) // the time to wait for another process
		if err != nil {
			return &cli.UsageError{Err: fmt.Errorf("cannot open the database %s: %w; name another file with -db", *path, err)}
		}
		s := &store{db: db, tree: tree}
		return errors.Join(s.fillAndVerify(ctx, stdout, core.WithWorkers(*workers), core.WithChunkSize(*batch)), db.Close())
	})
}

// fillAndVerify is the job: two runs with the same hook.
func (s *store) fillAndVerify(ctx context.Context, stdout io.Writer, opts ...core.Option) error {
	summary := core.OnRunEnd(func(e core.RunEnd) {
		fmt.Fprintf(stdout, "%s: %d of %d files in %d batches, %v\n", e.Executor, e.ItemsDone-e.ItemsFailed, len(s.tree.Files), e.Chunks, e.Duration.Round(time.Millisecond))
	})

	insert := core.NewExecutor(append(opts, core.WithName("insert"))...)
	insert.Register(summary)
	if err := core.ForEachChunk(ctx, insert, s.tree.Files, s.insert); err != nil {
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
