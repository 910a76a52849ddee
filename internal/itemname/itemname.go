// Package itemname names slow chunks, for every hook that lists them by the same rule.
package itemname

import (
	"context"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/plaintext"
)

const (
	// SlowAfter is how long a chunk takes at least to be named for its time. Of faster
	// ones nobody asks which items they had.
	SlowAfter = time.Second
	// MaxBytes bounds a name: two names of core's, first and last.
	MaxBytes = 2*128 + 16
)

// OfSlow returns the name of a chunk that took long, and the empty text for others: it
// calls user code. The chunk's end hook calls it.
func OfSlow(ctx context.Context, took time.Duration) string {
	if took < SlowAfter {
		return ""
	}
	return core.NameFrom(ctx)
}

// Clean returns a name of an event as one bounded line.
func Clean(name string) string { return plaintext.Clean(name, MaxBytes) }
