package otelhook_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// last returns the numbers from n-count to n-1.
func last(count, n int) (all []int64) {
	for i := n - count; i < n; i++ {
		all = append(all, int64(i))
	}
	return all
}

// TestSlowestChunksKeepTheirSpans has chunks that take longer and longer, so that
// those of the beginning use up every limit that is not about the whole run.
func TestSlowestChunksKeepTheirSpans(t *testing.T) {
	const n = 5000
	for name, c := range map[string]struct {
		which otelhook.ChunkSpans
		want  []int64
		left  string
	}{
		"all":            {otelhook.All, append(last(90, 90), last(5, n)...), fmt.Sprint(n - 95)},
		"linked":         {otelhook.Linked, append(last(90, 90), last(5, n)...), fmt.Sprint(n - 95)},
		"slow or failed": {otelhook.SlowOrFailed, last(10, n), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newManualRun(otelhook.WithChunkSpans(c.which), otelhook.WithMaxChunkSpans(100))
			for i := range n {
				r.chunk(10, time.Duration(i)*time.Millisecond, core.OutcomeOK)
			}
			ended := r.at
			r.close(core.OutcomeOK)
			if got := r.indexes(); !slices.Equal(got, c.want) {
				t.Errorf("chunks with spans %v, want %v", got, c.want)
			}
			run, slowest := r.one(t, "run import"), r.withIndex(t, n-1)
			run.wantAttrs(t, map[string]string{"chunkscope.chunk.spans_dropped": c.left})
			slowest.wantAttrs(t, map[string]string{"chunkscope.chunk.slow": "true", "chunkscope.outcome": "ok", "error.type": ""})
			if !slowest.EndTime.Equal(ended) || slowest.EndTime.Sub(slowest.StartTime) != (n-1)*time.Millisecond {
				t.Errorf("the slowest chunk's span is from %v to %v, want %v at its end", slowest.StartTime, slowest.EndTime, ended)
			}
			if linked := c.which == otelhook.Linked; slowest.childOf(run.SpanContext) == linked || (len(slowest.Links) == 1) != linked {
				t.Errorf("the slowest chunk's span has the parent %v and the links %v", slowest.Parent, slowest.Links)
			}
		})
	}
}

// TestEqualChunksHaveATenthSlow checks that a run without outliers has its slowest
// tenth, and one with outliers has all of them.
func TestEqualChunksHaveATenthSlow(t *testing.T) {
	for want, outliers := range map[int]int{20: 5, 30: 30} {
		r := newManualRun(otelhook.WithChunkSpans(otelhook.SlowOrFailed))
		for i := range 200 {
			took := time.Millisecond + time.Duration(i)
			if i < outliers {
				took = time.Second
			}
			r.chunk(10, took, core.OutcomeOK)
		}
		r.close(core.OutcomeOK)
		if got := r.indexes(); len(got) != want {
			t.Errorf("with %d outliers, slow chunks %v, want %d", outliers, got, want)
		}
	}
	one := newManualRun(otelhook.WithChunkSpans(otelhook.SlowOrFailed))
	one.chunk(10, time.Hour, core.OutcomeOK)
	one.close(core.OutcomeOK)
	if got := one.indexes(); len(got) != 0 {
		t.Errorf("the only chunk of a run is slow: %v", got)
	}
}

// TestFailedAndSlowHaveQuotasOfTheirOwn checks that many failures cost no slow
// chunk its span, nor many slow chunks a failed one.
func TestFailedAndSlowHaveQuotasOfTheirOwn(t *testing.T) {
	r := newManualRun(otelhook.WithMaxChunkSpans(100))
	for range 90 {
		r.chunk(1, time.Millisecond, core.OutcomeOK)
	}
	for range 50 { // 90 to 139: the first 5 have spans
		r.chunk(1, time.Microsecond, core.OutcomeError)
	}
	for range 4 { // 140 to 143
		r.chunk(1, time.Second, core.OutcomeOK)
	}
	r.chunk(1, 2*time.Second, core.OutcomeError) // 144 is beyond the quota of failures, and slow
	r.close(core.OutcomeError)
	if got, want := r.indexes(), append(last(95, 95), last(5, 145)...); !slices.Equal(got, want) {
		t.Errorf("chunks with spans %v, want %v", got, want)
	}
	r.withIndex(t, 144).wantAttrs(t, map[string]string{"chunkscope.chunk.slow": "true", "error.type": "throttled", "chunkscope.outcome": "error"})
	r.withIndex(t, 90).wantAttrs(t, map[string]string{"chunkscope.chunk.slow": "", "error.type": "throttled"})

	r = newManualRun(otelhook.WithMaxChunkSpans(100))
	for i := range 1000 {
		r.chunk(1, time.Duration(i)*time.Second, core.OutcomeOK)
	}
	r.chunk(1, 0, core.OutcomeError)
	r.close(core.OutcomeError)
	r.withIndex(t, 1000).wantAttrs(t, map[string]string{"error.type": "throttled"})
}

// TestSpanOfASlowChunkIsHeld checks that the span of a slow chunk ends when it is
// known to be slow: at the run's end, after a minute, or when it no longer is.
func TestSpanOfASlowChunkIsHeld(t *testing.T) {
	r := newManualRun(otelhook.WithMaxChunkSpans(60)) // 3 are for slow chunks
	user := r.chunk(1, 5*time.Second, core.OutcomeOK) // 0
	r.chunk(1, time.Second, core.OutcomeOK)           // 1
	r.chunk(1, 2*time.Second, core.OutcomeOK)         // 2
	if got := r.indexes(); len(got) != 0 {
		t.Errorf("spans of %v have ended", got)
	}
	r.chunk(1, 3*time.Second, core.OutcomeOK) // 3 takes the place of 1
	r.withIndex(t, 1).wantAttrs(t, map[string]string{"chunkscope.chunk.slow": ""})
	r.at = r.at.Add(time.Minute)
	r.chunk(1, time.Millisecond, core.OutcomeOK) // 4
	if got := r.indexes(); !slices.Equal(got, []int64{0, 1, 2, 3, 4}) {
		t.Errorf("after a minute, spans of %v have ended", got)
	}
	r.chunk(1, 4*time.Second, core.OutcomeOK) // 5 takes the place of 2, whose span has ended
	r.close(core.OutcomeOK)
	if got := r.indexes(); !slices.Equal(got, last(6, 6)) {
		t.Errorf("chunks with spans %v", got)
	}
	slow := r.withIndex(t, 0)
	slow.wantAttrs(t, map[string]string{"chunkscope.chunk.slow": "true"})
	if !slow.SpanContext.Equal(user) || slow.EndTime.Sub(slow.StartTime) != 5*time.Second {
		t.Errorf("the slow chunk's span took %v; user code was in it: %v", slow.EndTime.Sub(slow.StartTime), slow.SpanContext.Equal(user))
	}
}

// TestSlowestOfConcurrentChunks compares the chunks with spans with the truth, for
// random durations of chunks that end at once.
func TestSlowestOfConcurrentChunks(t *testing.T) {
	const n, workers, limit = 4000, 8, 200 // 180 first, 10 slow
	for seed := range uint64(10) {
		r := newManualRun(otelhook.WithMaxChunkSpans(limit))
		durations := make([]time.Duration, n)
		for i := range durations {
			durations[i] = time.Duration(i) * time.Microsecond
		}
		rand.New(rand.NewPCG(seed, 0)).Shuffle(n, func(i, j int) { durations[i], durations[j] = durations[j], durations[i] })
		var all sync.WaitGroup
		for w := range workers {
			all.Go(func() {
				for i := w; i < n; i += workers {
					e := core.ChunkEnd{
						ChunkStart: core.ChunkStart{Executor: "import", RunID: "r1", Chunk: i, Items: 1, Worker: w, Started: noon},
						Ended:      noon.Add(durations[i]), Duration: durations[i], ItemsDone: 1, Outcome: core.OutcomeOK,
					}
					r.OnChunkEnd(r.OnChunkStart(r.ctx, e.ChunkStart), e)
				}
			})
		}
		all.Wait()
		r.close(core.OutcomeOK)
		spans := r.indexes()
		for i, took := range durations {
			if _, has := slices.BinarySearch(spans, int64(i)); !has && took >= (n-10)*time.Microsecond {
				t.Errorf("chunk %d took %v and has no span", i, took)
			}
		}
		left := r.one(t, "run import").attrs["chunkscope.chunk.spans_dropped"].AsInt64()
		if len(spans) != len(slices.Compact(spans)) || len(spans) > limit || int(left) != n-len(spans) {
			t.Errorf("%d chunks have spans, the run's span counts %d without", len(spans), left)
		}
	}
}

// TestHighLimitsHoldFewSpans checks that a run holds at most 100 spans, whatever
// its limit is.
func TestHighLimitsHoldFewSpans(t *testing.T) {
	for _, which := range []otelhook.ChunkSpans{otelhook.All, otelhook.SlowOrFailed} {
		r := newManualRun(otelhook.WithChunkSpans(which), otelhook.WithMaxChunkSpans(math.MaxInt))
		for i := range 5000 {
			r.chunk(1, time.Duration(i), core.OutcomeOK)
		}
		ended := len(r.indexes())
		r.close(core.OutcomeOK)
		if held := len(r.indexes()) - ended; held != 100 {
			t.Errorf("%d spans ended with the run, want 100", held)
		}
	}
}

// TestLateChunkEnds checks that a chunk that ends after its run does no harm.
func TestLateChunkEnds(t *testing.T) {
	r := newManualRun()
	start := core.ChunkStart{Executor: "import", Started: noon}
	ctx := r.OnChunkStart(r.ctx, start)
	r.close(core.OutcomeOK)
	r.OnChunkEnd(ctx, core.ChunkEnd{ChunkStart: start, Ended: noon, Outcome: core.OutcomeOK})
	r.OnChunkEnd(context.WithoutCancel(r.ctx), core.ChunkEnd{ChunkStart: start, Ended: noon, Outcome: core.OutcomeOK})
	r.one(t, "chunk import")
}
