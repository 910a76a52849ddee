package hooktest

import (
	"context"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

func TestConformanceFindsAHookThatNeedsStarts(t *testing.T) {
	wantFailures(t, func() core.Hook {
		var mu sync.Mutex
		began := map[string]int{}
		return &badHook{
			runStart: func(ctx context.Context, e core.RunStart) context.Context {
				mu.Lock()
				defer mu.Unlock()
				began[e.RunID]++
				return ctx
			},
			runEnd: func(_ context.Context, e core.RunEnd) {
				mu.Lock()
				defer mu.Unlock()
				began[e.RunID]--
				if began[e.RunID] < 0 {
					panic("an end without a start")
				}
			},
		}
	}, `unpaired_events: OnRunEnd panics: "an end without a start", given ends without a start. To fix: `, "*")
}

func TestConformanceFindsWrongFlushAndShutdown(t *testing.T) {
	for _, tt := range []struct {
		name string
		hook func() *badHook
		want []string
	}{
		{"closes twice", func() *badHook {
			c := make(chan struct{})
			return &badHook{shutdown: func() { close(c) }}
		}, []string{`shutdown: Shutdown panics: "close of closed channel", a second time. To fix: `, "*"}},
		{"sends on a closed channel", func() *badHook {
			var mu sync.Mutex
			var once sync.Once
			c := make(chan int)
			return &badHook{
				shutdown: func() {
					mu.Lock()
					defer mu.Unlock()
					once.Do(func() { close(c) })
				},
				runEnd: func(context.Context, core.RunEnd) {
					mu.Lock()
					defer mu.Unlock()
					select {
					case c <- 1:
					default:
					}
				},
			}
		}, []string{`after_shutdown: OnRunEnd panics: "send on closed channel", given an event after Shutdown. To fix: `, "*"}},
		{"flushes what is closed", func() *badHook {
			var mu sync.Mutex
			closed := false
			locked := func(f func()) func() {
				return func() {
					mu.Lock()
					defer mu.Unlock()
					f()
				}
			}
			return &badHook{
				shutdown: locked(func() { closed = true }),
				flush: locked(func() {
					if closed {
						panic("flush of a closed hook")
					}
				}),
			}
		}, []string{
			`flush: Flush panics: "flush of a closed hook", after Shutdown. To fix: `,
			`after_shutdown: Flush panics: "flush of a closed hook", in a real run after Shutdown. To fix: `, "*",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantFailures(t, func() core.Hook { return tt.hook() }, tt.want...)
		})
	}
}

func TestConformanceFindsWrongStats(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stats func(s, own core.HookStats) core.HookStats
		want  string
	}{
		{"loses uncounted", func(s, _ core.HookStats) core.HookStats {
			s.Delivered /= 2
			return s
		}, `stats: Stats: … are produced, but delivered, dropped and pending are … together, after real runs`},
		{"counts twice", func(s, _ core.HookStats) core.HookStats {
			s.Dropped = map[string]uint64{"full": s.Produced}
			return s
		}, `stats: Stats: … are produced, but delivered, dropped and pending are … together, after real runs`},
		{"never drains", func(s, _ core.HookStats) core.HookStats {
			s.Pending, s.Delivered = s.Delivered, 0
			return s
		}, `stats: Stats: … are pending after Shutdown: `},
		{"hands out its map", func(s, own core.HookStats) core.HookStats {
			s.Dropped = own.Dropped
			return s
		}, `stats: Stats returns its own map of what was dropped, which the caller may change. To fix: `},
		{"panics", func(s, _ core.HookStats) core.HookStats {
			s.Delivered /= s.Produced
			return s
		}, `stats: Stats panics: "runtime error: integer divide by zero", of a new hook. To fix: `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := []string{tt.want}
			if tt.name == "panics" {
				want = append(want, "*")
			}
			wantFailures(t, func() core.Hook {
				own := core.HookStats{Dropped: map[string]uint64{}}
				return &badHook{stats: func(s core.HookStats) core.HookStats { return tt.stats(s, own) }}
			}, want...)
		})
	}
}
