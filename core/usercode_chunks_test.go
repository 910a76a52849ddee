package core_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// longError counts the calls of its Error method.
type longError struct{ calls *atomic.Int32 }

func (e longError) Error() string {
	e.calls.Add(1)
	return strings.Repeat("x", 10<<20)
}

func testUserHuge(t *testing.T) {
	big := make([]byte, 1<<20)
	var calls atomic.Int32
	e := core.NewExecutor(core.WithWorkers(2), core.WithContinueOnError())
	e.Register(hooktest.NewRecorder())
	out, err := core.Map(t.Context(), e, indexes(8), func(_ context.Context, i int) ([]byte, error) {
		switch i {
		case 3:
			return nil, longError{&calls}
		case 4:
			panic(longError{&calls})
		}
		return big, nil
	})
	if &out[0][0] != &big[0] {
		t.Error("the result was copied")
	}
	if failed := mustRunError(t, err); failed.ItemsFailed != 2 || calls.Load() != 0 {
		t.Errorf("%d items failed; Error was called %d times, want 0", failed.ItemsFailed, calls.Load())
	}
	if thrown, ok := errors.AsType[*core.PanicError](err); !ok || len(thrown.Error()) > 1<<10+64 {
		t.Errorf("the text of a panic is too long")
	}
}

func testUserAppends(t *testing.T) {
	const n = 10
	check := func(t *testing.T, in []int) {
		t.Helper()
		if cap(in) != len(in) {
			t.Errorf("a chunk of %d items has room for %d", len(in), cap(in))
		}
		_ = append(in, -1, -1, -1)
	}
	e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(3))
	t.Run("MapChunks", func(t *testing.T) {
		items := indexes(n)
		out, err := core.MapChunks(t.Context(), e, items, func(_ context.Context, in []int) ([]int, error) {
			check(t, in)
			return slices.Clone(in), nil
		})
		if err != nil || !slices.Equal(items, indexes(n)) || !slices.Equal(out, indexes(n)) {
			t.Errorf("items %v, results %v, %v", items, out, err)
		}
	})
	t.Run("ForEachChunk", func(t *testing.T) {
		items := indexes(n)
		err := core.ForEachChunk(t.Context(), e, items, func(_ context.Context, in []int) error {
			check(t, in)
			return nil
		})
		if err != nil || !slices.Equal(items, indexes(n)) {
			t.Errorf("items %v, %v", items, err)
		}
	})
	t.Run("StreamChunks", func(t *testing.T) {
		const many = 300 // each chunk has a slice of its own, so that it stays the same
		var mu sync.Mutex
		var kept [][]int
		src := core.FromSeq(slices.Values(indexes(many)))
		next := 0
		for v, err := range core.StreamChunks(t.Context(), e, src, func(_ context.Context, in []int) ([]int, error) {
			check(t, in)
			mu.Lock()
			defer mu.Unlock()
			kept = append(kept, in)
			return in, nil
		}) {
			if err != nil || v != next {
				t.Fatalf("got (%d, %v), want %d", v, err, next)
			}
			next++
		}
		all := slices.Concat(kept...)
		slices.Sort(all)
		if !slices.Equal(all, indexes(many)) {
			t.Errorf("the chunks that were kept hold %v", all)
		}
	})
}
