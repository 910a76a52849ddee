package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"iter"

	"go.etcd.io/bbolt"
)

// store is a database of hashes and the files that they belong to.
type store struct {
	db    *bbolt.DB
	fsys  fs.FS
	files []string
}

var bucket = []byte("sha256")

// insert is the work on a chunk. It hashes the files, concurrently with other
// chunks, and writes all hashes in one transaction. The database runs one
// transaction at a time. Writing a record again replaces it with the same one.
func (s *store) insert(ctx context.Context, names []string) error {
	hashes := make([][]byte, len(names))
	for i, name := range names {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		hash, err := s.hash(name)
		if err != nil {
			return err
		}
		hashes[i] = hash
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		if err != nil {
			return err
		}
		for i, name := range names {
			if err := b.Put([]byte(name), hashes[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// record is an entry of the database.
type record struct {
	name string
	hash []byte
}

// records is the source of the stream: all records, read one by one. It copies
// them, because values of the database are valid only within its transaction.
func (s *store) records() iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		err := s.db.View(func(tx *bbolt.Tx) error {
			c := tx.Bucket(bucket).Cursor()
			for name, hash := c.First(); name != nil; name, hash = c.Next() {
				if !yield(record{string(name), bytes.Clone(hash)}, nil) {
					return nil
				}
			}
			return nil
		})
		if err != nil {
			yield(record{}, err)
		}
	}
}

// verify is the work on a chunk of the stream. For each record it returns
// whether its file still has that hash.
func (s *store) verify(ctx context.Context, records []record) ([]bool, error) {
	same := make([]bool, len(records))
	for i, r := range records {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		hash, err := s.hash(r.name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a removed file differs, too
			return nil, err
		}
		same[i] = bytes.Equal(hash, r.hash)
	}
	return same, nil
}

func (s *store) hash(name string) ([]byte, error) {
	text, err := fs.ReadFile(s.fsys, name)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(text)
	return hash[:], nil
}
