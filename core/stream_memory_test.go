package core_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// streamAhead is how many items the source is pulled ahead of the loop, if two
// chunks a worker are fewer.
const streamAhead = 4096

// TestStreamBackpressure counts how many items are pulled from the source while the
// loop stands still.
func TestStreamBackpressure(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		const workers, size = 3, 5
		rec := hooktest.NewRecorder()
		pulled := 0
		src := func(yield func(int, error) bool) {
			for i := 0; yield(i, nil); i++ {
				pulled = i + 2 // the next one is about to be yielded
			}
		}
		e := newStreamExecutor(rec, core.WithWorkers(workers), core.WithChunkSize(size))
		results := 0
		for _, err := range t.form(t.Context(), e, src, square) {
			results++
			if err != nil || results%7 != 1 {
				continue
			}
			synctest.Wait()
			yielded, chunks, items := 0, 0, 0
			for _, c := range hooktest.Of[core.ChunkEnd](rec) {
				if c.Offset+c.Items < results {
					yielded++
				}
				chunks++
				items += c.Items
			}
			if chunks-yielded < 2*workers || pulled != items+1 || items > results+streamAhead {
				t.Errorf("at result %d: %d chunks, %d of them yielded, %d items in them, %d pulled", results, chunks, yielded, items, pulled)
			}
			if results > 100 {
				break
			}
		}
	})
}

// TestStreamMemory compares the heap at two points of one long run: it must not grow.
// CHUNKSCOPE_STREAM_ITEMS is the number of items.
func TestStreamMemory(t *testing.T) {
	const warm = 100_000
	n := int(envSetting(t, "CHUNKSCOPE_STREAM_ITEMS", 1_000_000))
	for name, opts := range map[string][]core.Option{"Stream": nil, "StreamChunks": {core.WithChunkSize(256)}} {
		t.Run(name, func(t *testing.T) {
			e := core.NewExecutor(append(opts, core.WithWorkers(4))...)
			process := func(_ context.Context, lo, hi int) ([]int, error) { return make([]int, hi-lo), nil }
			var warmed, last uint64
			results := 0
			for _, err := range streamForms[name](t.Context(), e, countTo(n, nil), process) {
				if err != nil {
					t.Fatal(err)
				}
				switch results++; results {
				case warm:
					warmed = heapInUse()
				case n: // before the run releases its memory
					last = heapInUse()
				}
			}
			t.Logf("%d bytes of the heap in use after %d items, %d after %d", warmed, warm, last, n)
			if results != n || last > warmed+1<<20 {
				t.Errorf("%d results, and the heap grew from %d to %d bytes", results, warmed, last)
			}
		})
	}
}

// heapInUse returns the bytes of the heap in use.
func heapInUse() uint64 {
	var now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&now)
	return now.HeapInuse
}

// TestStreamChunksKeepsSlices has a function that keeps its arguments and its results.
func TestStreamChunksKeepsSlices(t *testing.T) {
	const n = 10_000
	var mu sync.Mutex
	var in, out [][]int
	seq := core.StreamChunks(t.Context(), newStreamExecutor(nil, core.WithChunkSize(16)), countTo(n, nil), func(_ context.Context, items []int) ([]int, error) {
		mu.Lock()
		defer mu.Unlock()
		results := slices.Clone(items)
		in, out = append(in, items), append(out, results)
		return results, nil
	})
	if all := collectStream(seq); len(all) != n {
		t.Errorf("%d results", len(all))
	}
	for _, kept := range [][][]int{in, out} {
		slices.SortFunc(kept, slices.Compare)
		if all := slices.Concat(kept...); !slices.Equal(all, indexes(n)) {
			t.Errorf("of %d items kept in slices, %d are left", n, len(slices.Compact(all)))
		}
	}
	for _, kept := range in {
		if cap(kept) > len(kept) {
			t.Fatalf("a slice of %d items has room for %d: an append writes where others read", len(kept), cap(kept))
		}
	}
}
