package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func TestContract(t *testing.T) {
	clitest.Contract(t, "root", "workers", "batch", "db")
	clitest.AtLeastOne(t, "batch")
	root := manyFiles(t)
	missing := filepath.Join(root, "missing", "hashes.db")
	clitest.Fails(t, clitest.Failed, []string{"-root", root, "-db", missing}, missing, "no such file", "-db")

	path := filepath.Join(t.TempDir(), "hashes.db")
	db := open(t, path)
	clitest.Fails(t, clitest.Failed, []string{"-root", root, "-db", path}, path, "timeout", "-db") // another process has it open
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	noDatabase := filepath.Join(root, "f00.go")
	clitest.Fails(t, clitest.Failed, []string{"-root", root, "-db", noDatabase}, noDatabase, "invalid database", "-db")
}

// TestOutput opens the database itself and compares it with the files. It runs
// twice, because a second run must change nothing.
func TestOutput(t *testing.T) {
	root, path := manyFiles(t), filepath.Join(t.TempDir(), "hashes.db")
	for range 2 {
		status, stdout, stderr := clitest.Run(t, "-root", root, "-db", path, "-batch", "7", "-workers", "3")
		if status != clitest.OK {
			t.Fatalf("exit status %d: %s", status, stderr)
		}
		// Chunks of the stream may be smaller, because workers do not wait for
		// the source.
		if !regexp.MustCompile(`^insert: 40 of 40 files in 6 batches, .*\nverify: 40 of 40 files in \d+ batches, .*\n0 records differ from their files\n$`).MatchString(stdout) {
			t.Errorf("printed:\n%s", stdout)
		}
		got := records(t, path)
		if len(got) != 40 {
			t.Errorf("%d records, want 40", len(got))
		}
		for name, hash := range got {
			text, err := fs.ReadFile(os.DirFS(root), name)
			if err != nil {
				t.Fatal(err)
			}
			if want := sha256.Sum256(text); hash != string(want[:]) {
				t.Errorf("%s has hash %x, want %x", name, hash, want)
			}
		}
	}
}

// TestBatches checks, by the count of the database, that each chunk is one
// transaction.
func TestBatches(t *testing.T) {
	s := newStore(t, manyFiles(t))
	for batch, want := range map[int]int{40: 1, 15: 3, 1: 40} {
		before := transactions(t, s.db)
		if err := s.fillAndVerify(t.Context(), io.Discard, core.WithChunkSize(batch)); err != nil {
			t.Error(err)
		}
		if got := transactions(t, s.db) - before; got != want {
			t.Errorf("%d transactions for 40 files in batches of %d, want %d", got, batch, want)
		}
	}
}

// TestFailedBatch checks that a failed chunk leaves nothing in the database,
// and that all others are complete.
func TestFailedBatch(t *testing.T) {
	s := newStore(t, manyFiles(t))
	s.files[15] = "missing.go"
	exec := core.NewExecutor(core.WithChunkSize(10), core.WithContinueOnError())
	err := core.ForEachChunk(t.Context(), exec, s.files, s.insert)
	failed, ok := errors.AsType[*core.ChunkError](err)
	if !ok || failed.Offset != 10 || failed.Items != 10 || !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("error %v, want the error of chunk 1", err)
	}
	path := s.db.Path()
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	got := records(t, path)
	for i, name := range s.files {
		if _, stored := got[name]; stored == (i >= 10 && i < 20) {
			t.Errorf("%s is stored: %v", name, stored)
		}
	}
}

// TestChangedFiles changes a file between the two runs and removes another.
func TestChangedFiles(t *testing.T) {
	root := manyFiles(t)
	s := newStore(t, root)
	if err := s.insert(t.Context(), s.files); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(root, "f03.go"), nil, 0o600), os.Remove(filepath.Join(root, "f30.go"))); err != nil {
		t.Fatal(err)
	}
	var same, differ int
	exec := core.NewExecutor(core.WithChunkSize(10))
	for ok, err := range core.StreamChunks(t.Context(), exec, s.records(), s.verify) {
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			same++
		} else {
			differ++
		}
	}
	if same != 38 || differ != 2 {
		t.Errorf("%d the same and %d not, want 38 and 2", same, differ)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := newStore(t, manyFiles(t))
	if err := s.fillAndVerify(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want a cancellation", err)
	}
	if err := s.insert(ctx, s.files); !errors.Is(err, context.Canceled) {
		t.Errorf("insert returned %v, want a cancellation", err)
	}
	if _, err := s.verify(ctx, make([]record, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("verify returned %v, want a cancellation", err)
	}
}

// manyFiles writes 40 Go files.
func manyFiles(t *testing.T) (root string) {
	t.Helper()
	files := map[string]string{}
	for i := range 40 {
		files[fmt.Sprintf("f%02d.go", i)] = "package p\n" + strings.Repeat("\n", i)
	}
	return clitest.WriteTree(t, files)
}

func newStore(t *testing.T, root string) *store {
	t.Helper()
	fsys, files, err := goFiles(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	return &store{db: open(t, filepath.Join(t.TempDir(), "hashes.db")), fsys: fsys, files: files}
}

// open opens a database until the test ends.
func open(t *testing.T, path string) *bbolt.DB {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// transactions returns the number of transactions that were ever committed.
func transactions(t *testing.T, db *bbolt.DB) (n int) {
	t.Helper()
	err := db.View(func(tx *bbolt.Tx) error {
		n = tx.ID()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// records returns all records of a database.
func records(t *testing.T, path string) map[string]string {
	t.Helper()
	db := open(t, path)
	all := map[string]string{}
	err := db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("sha256")).ForEach(func(k, v []byte) error {
			all[string(k)] = string(v)
			return nil
		})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return all
}
