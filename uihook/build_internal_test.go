package uihook

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// BenchmarkBuild measures a snapshot of a run with 64 workers beside 49 others: the
// numbers, their JSON and the page. Viewers share it, so that no public call builds
// one each time.
func BenchmarkBuild(b *testing.B) {
	h, err := New()
	if err != nil {
		b.Fatal(err)
	}
	var ctx context.Context
	for range maxRuns {
		start := core.RunStart{Executor: "import", RunID: "r", Items: 1_000_000, Workers: 64, Started: time.Now().Add(-time.Hour)}
		if ctx != nil {
			h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Outcome: core.OutcomeOK, Ended: time.Now(), Duration: time.Hour})
		}
		ctx = h.OnRunStart(context.Background(), start)
		for i := range 10_000 {
			e := core.ChunkEnd{Outcome: core.OutcomeOK, Duration: time.Duration(i) * time.Microsecond, ItemsDone: 10}
			e.Chunk, e.Worker, e.Started = i, i%64, start.Started.Add(time.Duration(i)*300*time.Millisecond)
			e.Ended = e.Started.Add(e.Duration)
			h.OnChunkStart(ctx, e.ChunkStart)
			h.OnChunkEnd(ctx, e)
		}
		h.OnProgress(ctx, core.Progress{ItemsDone: 100_000, Elapsed: time.Hour})
	}
	all, _ := h.runs.list()
	build := func() *snapshot { return h.handler.answers.build(all, 0, all[0], time.Now()) }
	b.Run("snapshot", func(b *testing.B) {
		for b.Loop() {
			build()
		}
	})
	b.Run("json", func(b *testing.B) {
		for b.Loop() {
			renderJSON(panels["snapshot"])(build())
		}
	})
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			renderPage(build())
		}
	})
	// 100 viewers cost the run what one core does in 1 % of a second, or less.
	b.Run("second of 100 viewers", func(b *testing.B) {
		for b.Loop() {
			clear(h.handler.answers.kept)
			for range 100 {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
				r.Header.Set("Accept-Encoding", "gzip")
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		}
	})
}
