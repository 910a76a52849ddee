package core

import (
	"slices"
	"testing"
	"time"
)

// TestTimedSizes lets one worker claim all chunks of a slice, each of which takes
// as long as the test says.
func TestTimedSizes(t *testing.T) {
	const target = time.Millisecond
	tests := []struct {
		name    string
		n       int
		workers int
		took    func(items int) time.Duration
		want    []int // the first sizes
	}{
		{"fast items grow eightfold", 1 << 20, 1, func(int) time.Duration { return 1 }, []int{1, 8, 64, 512, 4096, 32768, 262144, (1<<20 - 299593) / 2}},
		{"10 µs an item", 100_000, 1, func(items int) time.Duration { return time.Duration(items) * 10 * time.Microsecond }, []int{1, 8, 64, 100, 100, 100}},
		{"slower than the target", 10, 2, func(items int) time.Duration { return time.Duration(items) * time.Second }, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{"half of an even share", 100, 5, func(int) time.Duration { return 1 }, []int{1, 8, 9, 8, 7, 6, 6, 5, 5, 4, 4, 3, 3, 3, 2, 2, 2, 2, 2, 1}},
		{"less time than can be seen", 10, 1, func(int) time.Duration { return 0 }, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &sliceSource{items: tt.n, workers: tt.workers}
			w := &worker{}
			w.init(&run{set: &hookSet{}, timed: true, target: target}, 0)
			var got []int
			next := 0
			for len(got) < len(tt.want) && p.claim(w) {
				c := currentChunk(w)
				if c.Index != len(got) || c.Offset != next {
					t.Fatalf("chunk %d has index %d and offset %d, want %d", len(got), c.Index, c.Offset, next)
				}
				next += c.Items
				got = append(got, c.Items)
				if took := tt.took(c.Items); took > 0 {
					w.adaptSizes(c.Items, took)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("sizes %v\nwant  %v", got, tt.want)
			}
		})
	}
}

// currentChunk returns the worker's chunk from its context.
func currentChunk(w *worker) ChunkInfo {
	c, _ := ChunkFrom(&chunkContext{nil, w})
	return c
}

func TestScaledSize(t *testing.T) {
	tests := []struct {
		items        int
		took, target time.Duration
		want         int
	}{
		{100, time.Millisecond, time.Millisecond, 100},
		{100, 2 * time.Millisecond, time.Millisecond, 50},
		{100, time.Millisecond / 2, time.Millisecond, 200},
		{100, 1, time.Hour, 800},
		{0, time.Second, time.Millisecond, 1},
		{1, time.Hour, 1, 1},
		{3, -1, time.Millisecond, 24},
		{1 << 26, 1, 1 << 62, 1 << 29},
	}
	for _, tt := range tests {
		if got := scaledSize(tt.items, tt.took, tt.target); got != tt.want {
			t.Errorf("scaledSize(%d, %v, %v) = %d, want %d", tt.items, tt.took, tt.target, got, tt.want)
		}
	}
}

func TestDefaultChunkSize(t *testing.T) {
	for _, tt := range []struct{ n, workers, want int }{
		{1, 1, 1}, {16, 1, 1}, {17, 1, 2}, {1600, 10, 10}, {1601, 10, 11}, {16_000, 1, 1000}, {1 << 30, 64, 1000},
	} {
		if got := defaultChunkSize(tt.n, tt.workers); got != tt.want {
			t.Errorf("defaultChunkSize(%d, %d) = %d, want %d", tt.n, tt.workers, got, tt.want)
		}
	}
}
