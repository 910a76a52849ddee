package core_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// hesitatingSource yields n items and pauses after some of them.
func hesitatingSource(n int, seed uint64) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		random := rand.New(rand.NewPCG(seed, 1))
		for i := range n {
			if random.IntN(3) == 0 {
				time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
			}
			if !yield(i, nil) {
				return
			}
		}
	}
}

// chunkBorders returns the offset and the size of each chunk, in order of offsets.
func chunkBorders(rec *hooktest.Recorder) [][2]int {
	var all [][2]int
	for _, e := range hooktest.Of[core.ChunkStart](rec) {
		all = append(all, [2]int{e.Offset, e.Items})
	}
	slices.SortFunc(all, func(a, b [2]int) int { return a[0] - b[0] })
	return all
}

// TestStreamFixedChunksAreFull has sources that keep the workers waiting, differently
// in each of 100 runs.
func TestStreamFixedChunksAreFull(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		var want [][2]int
		for lo := 0; lo < 107; lo += 10 {
			want = append(want, [2]int{lo, min(10, 107-lo)})
		}
		for seed := range uint64(100) {
			rec := hooktest.NewRecorder()
			e := newStreamExecutor(rec, core.WithChunkSize(10))
			_ = checkPrefix(t.T, collectStream(t.form(t.Context(), e, hesitatingSource(107, seed), square)), 107, false)
			if got := chunkBorders(rec); !slices.Equal(got, want) {
				t.Fatalf("run %d has chunks %v, want %v", seed, got, want)
			}
		}
	})
}

// TestStreamCutShortKeepsBorders has sources that end because the caller's context did.
// What they leave is no last chunk.
func TestStreamCutShortKeepsBorders(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		for range 100 {
			rec := hooktest.NewRecorder()
			ctx, cancel := context.WithCancel(t.Context())
			src := func(yield func(int, error) bool) {
				countTo(14, nil)(yield)
				go cancel()
				for ctx.Err() == nil { // to see it before the run does
					runtime.Gosched()
				}
			}
			for _, err := range t.form(ctx, newStreamExecutor(rec, core.WithChunkSize(10)), src, square) {
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
			for _, border := range chunkBorders(rec) {
				if border != [2]int{0, 10} {
					t.Fatalf("the chunks are %v", chunkBorders(rec))
				}
			}
		}
	})
}

// TestStreamLingersFromTheFirstItem has items at 0, 60, 120 and 130 ms and chunks that
// wait for 100 ms: the first chunk starts 100 ms after its first item, and the second
// 100 ms after its own.
func TestStreamLingersFromTheFirstItem(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		rec := hooktest.NewRecorder()
		e := newStreamExecutor(rec, core.WithChunkSize(10), core.WithLinger(100*time.Millisecond))
		src := func(yield func(int, error) bool) {
			for i, pause := range []time.Duration{0, 60 * time.Millisecond, 60 * time.Millisecond, 10 * time.Millisecond, time.Second} {
				time.Sleep(pause)
				if i < 4 && !yield(i, nil) {
					return
				}
			}
		}
		began := time.Now()
		_ = checkPrefix(t.T, collectStream(t.form(t.Context(), e, src, square)), 4, false)
		var got []time.Duration
		for _, e := range hooktest.Of[core.ChunkStart](rec) {
			got = append(got, e.Started.Sub(began))
		}
		if want := []time.Duration{100 * time.Millisecond, 220 * time.Millisecond}; !slices.Equal(got, want) {
			t.Errorf("chunks started after %v, want %v", got, want)
		}
		if got, want := chunkBorders(rec), [][2]int{{0, 2}, {2, 2}}; !slices.Equal(got, want) {
			t.Errorf("the chunks are %v, want %v", got, want)
		}
	})
}

// TestStreamLingeringChunkFills checks that a chunk that has waited long enough still
// takes items until a worker is free.
func TestStreamLingeringChunkFills(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		rec := hooktest.NewRecorder()
		e := newStreamExecutor(rec, core.WithWorkers(1), core.WithChunkSize(10), core.WithLinger(time.Millisecond))
		src := func(yield func(int, error) bool) {
			for i := range 6 {
				if !yield(i, nil) {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
		_ = checkPrefix(t.T, collectStream(t.form(t.Context(), e, src, func(ctx context.Context, lo, hi int) ([]int, error) {
			if lo == 0 {
				time.Sleep(45 * time.Millisecond)
			}
			return square(ctx, lo, hi)
		})), 6, false)
		if got, want := chunkBorders(rec), [][2]int{{0, 1}, {1, 4}, {5, 1}}; !slices.Equal(got, want) {
			t.Errorf("the chunks are %v, want %v", got, want)
		}
	})
}

// TestChunkInfoFixedSize checks where borders are equal in every run.
func TestChunkInfoFixedSize(t *testing.T) {
	fixed, linger := core.WithChunkSize(4), core.WithLinger(time.Second)
	tests := map[string]struct {
		opts          []core.Option
		slice, stream bool
	}{
		"default":              {nil, false, false},
		"WithChunkSize":        {[]core.Option{fixed}, true, true},
		"WithChunkSize/Linger": {[]core.Option{fixed, linger}, true, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := core.NewExecutor(tt.opts...)
				var mu sync.Mutex
				seen := map[bool]int{}
				see := func(ctx context.Context, _ int) (int, error) {
					info, ok := core.ChunkFrom(ctx)
					mu.Lock()
					defer mu.Unlock()
					seen[ok && info.FixedSize]++
					return 0, nil
				}
				if _, err := core.Map(t.Context(), e, indexes(9), see); err != nil || seen[tt.slice] != 9 {
					t.Errorf("of a slice %v, %v", seen, err)
				}
				clear(seen)
				collectStream(core.Stream(t.Context(), e, countTo(9, nil), see))
				if seen[tt.stream] != 9 {
					t.Errorf("of a stream %v", seen)
				}
				clear(seen)
				ctx, run := e.Start(t.Context(), 1)
				err := run.Chunk(ctx, 1, func(ctx context.Context) error { _, err := see(ctx, 0); return err })
				if run.End(err); seen[false] != 1 {
					t.Errorf("of Start %v, %v", seen, err)
				}
			})
		})
	}
}
