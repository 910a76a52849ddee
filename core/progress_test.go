package core_test

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

const tick = time.Millisecond

// sleepFor returns a function of items that take d.
func sleepFor(d time.Duration) func(context.Context, int) (int, error) {
	return func(context.Context, int) (int, error) {
		time.Sleep(d)
		return 1, nil
	}
}

// mapItems runs n items that take d each. Without options there is one worker, and one
// item in a chunk.
func mapItems(t *testing.T, hook core.Hook, n int, d time.Duration, opts ...core.Option) {
	t.Helper()
	e := core.NewExecutor(append([]core.Option{core.WithWorkers(1), core.WithChunkSize(1)}, opts...)...)
	e.Register(hook)
	if _, err := core.Map(t.Context(), e, indexes(n), sleepFor(d)); err != nil {
		t.Error(err)
	}
}

// progressValues returns a value of each recorded Progress.
func progressValues[V any](rec *hooktest.Recorder, value func(core.Progress) V) []V {
	var all []V
	for _, p := range hooktest.Of[core.Progress](rec) {
		all = append(all, value(p))
	}
	return all
}

func elapsed(p core.Progress) time.Duration { return p.Elapsed }
func itemsDone(p core.Progress) int         { return p.ItemsDone }

// checkEqual compares two lists.
func checkEqual[V comparable](t *testing.T, what string, got, want []V) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// atMilliseconds returns instants of a run.
func atMilliseconds(ms ...int) []time.Duration {
	var all []time.Duration
	for _, m := range ms {
		all = append(all, time.Duration(m)*tick)
	}
	return all
}

func TestBlockedProgressHookDelaysNoChunk(t *testing.T) {
	for _, form := range runForms() {
		for _, workers := range []int{1, 2, 8} {
			t.Run(fmt.Sprintf("%s/workers=%d", form.name, workers), func(t *testing.T) {
				healthy, length := chunkEndTimes(t, form, workers, 0)
				blocked, blockedLength := chunkEndTimes(t, form, workers, 5*time.Second)
				if !maps.Equal(healthy, blocked) || len(healthy) == 0 {
					t.Errorf("chunks end at %v, with a blocked hook at %v", healthy, blocked)
				}
				if length >= time.Second || blockedLength != 100*tick+5*time.Second {
					t.Errorf("the runs took %v and %v; only the end waits for the hook", length, blockedLength)
				}
			})
		}
	}
}

// chunkEndTimes returns when each chunk ended and, as -1, when the run did. length is
// when the caller got its results. The first call of a progress hook takes d.
func chunkEndTimes(t *testing.T, form runForm, workers int, d time.Duration) (ends map[int]time.Duration, length time.Duration) {
	t.Helper()
	ends = map[int]time.Duration{}
	synctest.Test(t, func(t *testing.T) {
		var once sync.Once
		begin := time.Now()
		e := core.NewExecutor(core.WithWorkers(workers), core.WithChunkSize(1))
		e.Register(
			core.OnProgress(func(core.Progress) { once.Do(func() { time.Sleep(d) }) }),
			core.OnChunkEnd(func(c core.ChunkEnd) { ends[c.Chunk] = c.Ended.Sub(begin) }),
			core.OnRunEnd(func(r core.RunEnd) { ends[-1] = r.Ended.Sub(begin) }),
		)
		form.run(t.Context(), e, workload{items: 24, workers: workers, process: func(ctx context.Context, lo, hi int) ([]int, error) {
			time.Sleep(time.Duration(hi-lo) * 37 * tick)
			return square(ctx, lo, hi)
		}})
		length = time.Since(begin)
	})
	return ends, length
}

// TestProgressTimes checks the exact instants of all Progress of a run.
func TestProgressTimes(t *testing.T) {
	tests := []struct {
		name string
		opts []core.Option
		n    int // items, one after the other
		item time.Duration
		hook time.Duration // that the hook takes
		want []time.Duration
	}{
		{"once per interval", nil, 100, 9700 * time.Microsecond, 0, atMilliseconds(100, 200, 300, 400, 500, 600, 700, 800, 900, 970)},
		{"interval", optionList(core.WithProgressInterval(250 * tick)), 100, 9700 * time.Microsecond, 0, atMilliseconds(250, 500, 750, 970)},
		{"long interval", optionList(core.WithProgressInterval(time.Hour)), 100, 9700 * time.Microsecond, 0, atMilliseconds(970)},
		{"slow hook", nil, 100, 9700 * time.Microsecond, 130 * tick, atMilliseconds(100, 330, 560, 790, 970)},
		{"nothing changes", nil, 1, 3550 * tick, 0, atMilliseconds(100, 1100, 2100, 3100, 3550)},
		{"heartbeat", optionList(core.WithHeartbeat(250 * tick)), 1, 980 * tick, 0, atMilliseconds(100, 350, 600, 850, 980)},
		{"heartbeat below the interval", optionList(core.WithHeartbeat(tick), core.WithProgressInterval(500*tick)), 1, 1700 * tick, 0, atMilliseconds(500, 1000, 1500, 1700)},
		{"interval 0, nothing ends", optionList(core.WithProgressInterval(0)), 1, 2500 * tick, 0, atMilliseconds(1000, 2000, 2500)},
		{"interval 0, heartbeat", optionList(core.WithProgressInterval(0), core.WithHeartbeat(300*tick)), 2, 700 * tick, 0, atMilliseconds(300, 600, 700, 1000, 1300, 1400)},
		{"interval 0, each chunk", optionList(core.WithProgressInterval(0)), 5, 10 * tick, 0, atMilliseconds(10, 20, 30, 40, 50)},
		{"no items", nil, 0, 0, 0, atMilliseconds(0)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				var got []time.Duration
				mapItems(t, core.OnProgress(func(core.Progress) {
					got = append(got, time.Since(begin))
					time.Sleep(tt.hook)
				}), tt.n, tt.item, tt.opts...)
				checkEqual(t, "Progress came at", got, tt.want)
			})
		})
	}
}

func optionList(opts ...core.Option) []core.Option { return opts }

// TestLastProgress checks that Progress has the final counts once, before the run's
// end, for each outcome.
func TestLastProgress(t *testing.T) {
	ends := map[string]func(cancel context.CancelFunc) error{
		"ok":     func(context.CancelFunc) error { return nil },
		"error":  func(context.CancelFunc) error { return errBoom },
		"panic":  func(context.CancelFunc) error { panic(errBoom) },
		"goexit": func(context.CancelFunc) error { runtime.Goexit(); return nil },
		"cancel": func(cancel context.CancelFunc) error { cancel(); return nil },
	}
	for _, form := range runForms() {
		for name, end := range ends {
			for _, interval := range []time.Duration{0, 25 * tick, time.Hour} {
				t.Run(fmt.Sprintf("%s/%s/interval=%v", form.name, name, interval), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						w := workload{items: 30, workers: 3}
						w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
							time.Sleep(7 * tick)
							if lo <= 14 && 14 < hi {
								if err := end(cancel); err != nil {
									return nil, err
								}
							}
							return square(ctx, lo, hi)
						}
						rec := hooktest.NewRecorder()
						e := w.executor(core.WithProgressInterval(interval))
						e.Register(rec)
						form.run(ctx, e, w)
						checkLastProgress(t, rec)
					})
				})
			}
		}
	}
}

func checkLastProgress(t *testing.T, rec *hooktest.Recorder) {
	t.Helper()
	type counts struct{ items, failed, chunks, active int }
	end := onlyOne[core.RunEnd](t, rec)
	want, times := counts{end.ItemsDone, end.ItemsFailed, end.Chunks, 0}, 0
	var last counts
	for _, p := range hooktest.Of[core.Progress](rec) {
		if last = (counts{p.ItemsDone, p.ItemsFailed, p.Chunks, p.ChunksActive}); last == want {
			times++
		}
	}
	if last != want || times != 1 {
		t.Errorf("the last Progress has %+v and the run's end %+v, which came %d times", last, want, times)
	}
	events := rec.Events()
	if last := events[len(events)-1]; last.Moment != core.MomentRunEnd {
		t.Errorf("after the run's end came %v", last)
	}
}
