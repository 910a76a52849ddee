package core_test

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// FuzzPlan runs n items and checks the chunks that events report. The durations of the
// chunks are in units of 10 µs.
func FuzzPlan(f *testing.F) {
	f.Add(uint16(0), uint8(0), uint8(0), uint16(0), []byte{})
	f.Add(uint16(1), uint8(7), uint8(1), uint16(0), []byte{1})
	f.Add(uint16(1000), uint8(0), uint8(0), uint16(0), []byte{0})
	f.Add(uint16(20000), uint8(3), uint8(0), uint16(0), []byte{1, 0, 200, 3})
	f.Add(uint16(20000), uint8(1), uint8(1), uint16(0), []byte{9})
	f.Add(uint16(20000), uint8(0), uint8(2), uint16(0), []byte{0, 1, 1})
	f.Add(uint16(20000), uint8(1), uint8(2), uint16(0), []byte{1})
	f.Add(uint16(9999), uint8(4), uint8(2), uint16(65535), []byte{0, 50})
	f.Add(uint16(777), uint8(7), uint8(0), uint16(10), []byte{5, 0, 0, 100})
	f.Add(uint16(777), uint8(2), uint8(1), uint16(778), []byte{255})
	f.Fuzz(func(t *testing.T, n uint16, workers, form uint8, size uint16, durations []byte) {
		p := fuzzPlan{n: int(n) % 20001, workers: 1 + int(workers)%8, form: int(form) % 3, size: int(size), durations: durations}
		synctest.Test(t, p.test)
	})
}

type fuzzPlan struct {
	n, workers, form, size int
	durations              []byte
}

// The forms of fuzzPlan.
const (
	fuzzMap = iota
	fuzzMapChunks
	fuzzStream
)

func (p fuzzPlan) test(t *testing.T) {
	rec := hooktest.NewRecorder()
	opts := []core.Option{core.WithWorkers(p.workers)}
	if p.size > 0 {
		opts = append(opts, core.WithChunkSize(p.size))
	}
	e := core.NewExecutor(opts...)
	e.Register(rec)
	var err error
	results := 0
	switch p.form {
	case fuzzMap:
		_, err = core.Map(t.Context(), e, indexes(p.n), p.item)
	case fuzzMapChunks:
		_, err = core.MapChunks(t.Context(), e, indexes(p.n), func(ctx context.Context, in []int) ([]int, error) {
			_, err := p.item(ctx, in[0])
			return in, err
		})
	case fuzzStream:
		for v, failed := range core.Stream(t.Context(), e, core.FromSeq(slices.Values(indexes(p.n))), p.item) {
			if v != results {
				t.Fatalf("result %d is %d", results, v)
			}
			results, err = results+1, failed
		}
	}
	if err != nil || p.form == fuzzStream && results != p.n {
		t.Fatalf("%d results, error %v", results, err)
	}
	p.checkPartition(t, rec)
	p.checkSizes(t, rec)
}

// item sleeps for the chunk's duration at the first item of the chunk.
func (p fuzzPlan) item(ctx context.Context, i int) (int, error) {
	if c, _ := core.ChunkFrom(ctx); c.Offset == i && len(p.durations) > 0 {
		time.Sleep(time.Duration(p.durations[c.Index%len(p.durations)]) * 10 * time.Microsecond)
	}
	return i, nil
}

// checkPartition checks that the chunks, by number, cover the items from first to
// last, that none is empty, and that each end has its start's values.
func (p fuzzPlan) checkPartition(t *testing.T, rec *hooktest.Recorder) {
	t.Helper()
	starts, ends := hooktest.Of[core.ChunkStart](rec), hooktest.Of[core.ChunkEnd](rec)
	slices.SortFunc(starts, func(a, b core.ChunkStart) int { return cmp.Compare(a.Chunk, b.Chunk) })
	slices.SortFunc(ends, func(a, b core.ChunkEnd) int { return cmp.Compare(a.Chunk, b.Chunk) })
	next := 0
	for k, c := range starts {
		if c.Chunk != k || c.Offset != next || c.Items < 1 {
			t.Fatalf("chunk %d of %d is number %d, %d items from %d; want those from %d", k, len(starts), c.Chunk, c.Items, c.Offset, next)
		}
		next += c.Items
		if k >= len(ends) || ends[k].ChunkStart != c || ends[k].ItemsDone != c.Items {
			t.Fatalf("chunk %d does not end as it started: %+v", k, c)
		}
	}
	if next != p.n || len(ends) != len(starts) {
		t.Fatalf("%d chunks, %d ends, %d items, want %d items", len(starts), len(ends), next, p.n)
	}
}

// checkSizes checks the sizes that the documentation promises.
func (p fuzzPlan) checkSizes(t *testing.T, rec *hooktest.Recorder) {
	t.Helper()
	ended := map[int]int{} // size of each worker's last chunk that ended
	largest := 0           // chunk that ended
	for _, event := range rec.Events() {
		switch c := event.Value.(type) {
		case core.ChunkStart:
			p.checkSize(t, c, ended[c.Worker], largest)
		case core.ChunkEnd:
			ended[c.Worker] = c.Items
			largest = max(largest, c.Items)
		}
	}
}

func (p fuzzPlan) checkSize(t *testing.T, c core.ChunkStart, last, largest int) {
	t.Helper()
	left, workers := p.n-c.Offset, min(p.workers, p.n)
	fixed := p.size
	if fixed == 0 && p.form == fuzzMapChunks {
		fixed = min(1000, (p.n+16*workers-1)/(16*workers))
	}
	lowest, most := 1, min(fixed, left)
	switch {
	case fixed > 0 && p.form != fuzzStream:
		lowest = most
	case fixed > 0: // a slow source may make chunks smaller
	case p.form == fuzzMap:
		most = min(max(1, 8*last), max(1, left/(2*workers)))
	default:
		most = min(max(1, 8*largest), 4096)
	}
	if c.Items < lowest || c.Items > most {
		t.Fatalf("%+v: chunk %d has %d items, want %d to %d; the worker's last one had %d", p, c.Chunk, c.Items, lowest, most, last)
	}
}
