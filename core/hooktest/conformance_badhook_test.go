package hooktest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// badHook calls the test's functions, and behaves well where there is none. It
// counts each run's end as produced and delivered.
type badHook struct {
	name        func() string
	runStart    func(ctx context.Context, e core.RunStart) context.Context
	runEnd      func(ctx context.Context, e core.RunEnd)
	chunkEnd    func(ctx context.Context, e core.ChunkEnd)
	itemFailure func(ctx context.Context, e core.ItemFailure)
	fault       func(ctx context.Context, e core.Fault)
	flush       func()
	shutdown    func()
	stats       func(s core.HookStats) core.HookStats

	mu     sync.Mutex
	counts core.HookStats
}

func (h *badHook) HookName() string {
	if h.name != nil {
		return h.name()
	}
	return "bad"
}

func (h *badHook) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	if h.runStart != nil {
		return h.runStart(ctx, e)
	}
	return ctx
}

func (h *badHook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	h.mu.Lock()
	h.counts.Produced++
	h.counts.Delivered++
	h.mu.Unlock()
	if h.runEnd != nil {
		h.runEnd(ctx, e)
	}
}

func (h *badHook) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	if h.chunkEnd != nil {
		h.chunkEnd(ctx, e)
	}
}

func (h *badHook) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	if h.itemFailure != nil {
		h.itemFailure(ctx, e)
	}
}

func (h *badHook) OnFault(ctx context.Context, e core.Fault) {
	if h.fault != nil {
		h.fault(ctx, e)
	}
}

func (h *badHook) Flush(context.Context) error {
	if h.flush != nil {
		h.flush()
	}
	return nil
}

func (h *badHook) Shutdown(context.Context) error {
	if h.shutdown != nil {
		h.shutdown()
	}
	return nil
}

func (h *badHook) Stats() core.HookStats {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.counts
	if h.stats != nil {
		s = h.stats(s)
	}
	return s
}

// wantFailures checks that Conformance fails with each of want, and in those
// subtests only. Each want is "subtest: beginning of the message", where "…" is any
// text. An asterisk alone allows other subtests to fail too.
func wantFailures(t *testing.T, newHook func() core.Hook, want ...string) {
	t.Helper()
	got := conformFailures(newHook)
	for _, w := range want {
		if w != "*" && !slices.ContainsFunc(got, func(g string) bool { return begins(g, w) }) {
			t.Errorf("no failure begins with %q; got:\n%s", w, strings.Join(got, "\n"))
		}
	}
	for _, g := range got {
		subtest, _, _ := strings.Cut(g, ":")
		if !strings.Contains(g, "o fix: ") && !strings.HasPrefix(g, "shape: newHook") {
			t.Errorf("no fix in %q", g)
		}
		if !slices.ContainsFunc(want, func(w string) bool { return w == "*" || strings.HasPrefix(w, subtest+":") }) {
			t.Errorf("unexpected failure: %s", g)
		}
	}
}

func begins(text, pattern string) bool {
	first, rest, more := strings.Cut(pattern, "…")
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for more {
		first, rest, more = strings.Cut(rest, "…")
		i := strings.Index(text, first)
		if i < 0 {
			return false
		}
		text = text[i+len(first):]
	}
	return true
}
