package uihook_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// BenchmarkViewers compares a run of a second and a half that 100 viewers look at
// with one that nobody looks at. Each viewer asks for the snapshot once a second,
// as the page does, and the viewers do not ask at the same time.
func BenchmarkViewers(b *testing.B) {
	w := paired.SpinItems()
	items := slices.Repeat(w.Items, 30)
	h := newHook(b)
	exec := core.NewExecutor(core.WithName("watched"), core.WithWorkers(w.Workers))
	exec.Register(h)
	run := func() {
		if _, err := core.Map(context.Background(), exec, items, w.Do); err != nil {
			b.Error(err)
		}
	}
	paired.Compare(b, paired.Options{Gate: true},
		paired.Variant{Name: "nobody looks", Run: run},
		paired.Variant{Name: "100 viewers", Bar: 1.01, Run: func() {
			ctx, stop := context.WithCancel(context.Background())
			var viewers sync.WaitGroup
			for i := range 100 {
				viewers.Go(func() { view(ctx, b, h, time.Duration(i)*10*time.Millisecond) })
			}
			run()
			stop()
			viewers.Wait()
		}})
}

// view asks for the snapshot once a second until ctx ends, at first after a while.
func view(ctx context.Context, b *testing.B, h http.Handler, after time.Duration) {
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/api/v1/snapshot", http.NoBody)
	request.Header.Set("Accept-Encoding", "gzip")
	next := time.NewTimer(after)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, request)
			if answer.Code != http.StatusOK && answer.Code != http.StatusNotModified {
				b.Errorf("a viewer got status %d", answer.Code)
			}
			request.Header.Set("If-None-Match", answer.Header().Get("Etag"))
			next.Reset(time.Second)
		}
	}
}
