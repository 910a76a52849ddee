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

// progSleep is a function of items that take so long.
func sleepFor(d time.Duration) func(context.Context, int) (int, error) {
	return func(context.Context, int) (int, error) {
		time.Sleep(d)
		return 1, nil
	}
}

// progMap runs n items that take d each, one to a chunk on one worker unless
// the options say otherwise.
func mapItems(t *testing.T, hook core.Hook, n int, d time.Duration, opts ...core.Option) {
	t.Helper()
	e := core.NewExecutor(append([]core.Option{core.WithWorkers(1), core.WithChunkSize(1)}, opts...)...)
	e.Register(hook)
	if _, err := core.Map(t.Context(), e, indexes(n), sleepFor(d)); err != nil {
		t.Error(err)
	}
}

// progTold maps the Progress values that a witness was told.
func progressValues[V any](rec *hooktest.Recorder, value func(core.Progress) V) []V {
	var all []V
	for _, p := range hooktest.Of[core.Progress](rec) {
		all = append(all, value(p))
	}
	return all
}

func elapsed(p core.Progress) time.Duration { return p.Elapsed }
func itemsDone(p core.Progress) int         { return p.ItemsDone }

// progWant compares what was told with what was to be.
func checkEqual[V comparable](t *testing.T, what string, got, want []V) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// progAt makes instants of a run out of milliseconds.
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

// progEnds returns when each chunk and, as -1, the run ended, and when the
// caller got its results, where the first call of a progress hook takes d.
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

// TestProgressTimes demands the very instants of all Progress of a run.
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
				var told []time.Duration
				mapItems(t, core.OnProgress(func(core.Progress) {
					told = append(told, time.Since(begin))
					time.Sleep(tt.hook)
				}), tt.n, tt.item, tt.opts...)
				checkEqual(t, "Progress was told at", told, tt.want)
			})
		})
	}
}

func optionList(opts ...core.Option) []core.Option { return opts }

// TestProgressMerged has chunks of 10 ms end while a hook takes 33 ms: each
// call is told of all that ended meanwhile.
func TestProgressMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []int
		mapItems(t, core.OnProgress(func(p core.Progress) {
			told = append(told, p.Chunks)
			time.Sleep(33 * tick)
		}), 20, 10*tick, core.WithProgressInterval(0))
		checkEqual(t, "ended chunks", told, []int{1, 4, 7, 10, 14, 17, 20})
	})
}

// TestProgressGrows asks for a Progress after each chunk while the clock
// stands still.
func TestProgressGrows(t *testing.T) {
	const n = 50
	synctest.Test(t, func(t *testing.T) {
		rec, told := hooktest.NewRecorder(), make(chan struct{}, n+1)
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithProgressInterval(0), core.WithContinueOnError())
		e.Register(rec, core.OnProgress(func(core.Progress) { told <- struct{}{} }))
		_ = core.ForEach(t.Context(), e, indexes(n), func(_ context.Context, i int) error {
			if i > 0 {
				<-told // the chunk before was told
			}
			if i%3 == 0 {
				return errBoom
			}
			return nil
		})
		var last core.Progress
		all := hooktest.Of[core.Progress](rec)
		for _, p := range all {
			if p.Elapsed <= last.Elapsed || !p.At.After(last.At) || p.ItemsDone < last.ItemsDone || p.ItemsFailed < last.ItemsFailed || p.ItemsFailed > p.ItemsDone {
				t.Errorf("after %+v\ncame %+v", last, p)
			}
			last = p
		}
		if len(all) != n || last.ItemsDone != n || last.ItemsFailed != (n+2)/3 {
			t.Errorf("%d Progress for %d chunks, the last is %+v", len(all), n, last)
		}
	})
}

// TestLastProgress demands that the final counts are told once, before the
// run's end, however the run goes.
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

// TestProgressInsideChunk has one chunk for all items, each of 9.7 ms.
func TestProgressInsideChunk(t *testing.T) {
	const n, item = 100, 9700 * time.Microsecond
	for _, form := range runForms() {
		if form.perChunk {
			continue
		}
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := hooktest.NewRecorder()
				e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(n))
				e.Register(rec)
				form.run(t.Context(), e, workload{items: n, workers: 1, process: func(ctx context.Context, lo, hi int) ([]int, error) {
					time.Sleep(item)
					return square(ctx, lo, hi)
				}})
				checkEqual(t, "items done", progressValues(rec, itemsDone), []int{10, 20, 30, 41, 51, 61, 72, 82, 92, 100})
			})
		})
	}
}

// TestProgressCountsFailedItems looks into a chunk whose first item failed and
// whose second takes long.
func TestProgressCountsFailedItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := hooktest.NewRecorder()
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(10), core.WithContinueOnError())
		e.Register(rec)
		_ = core.ForEach(t.Context(), e, indexes(2), func(_ context.Context, i int) error {
			if i == 0 {
				return errBoom
			}
			time.Sleep(150 * tick)
			return nil
		})
		checkEqual(t, "done and failed", progressValues(rec, func(p core.Progress) [2]int { return [2]int{p.ItemsDone, p.ItemsFailed} }),
			[][2]int{{1, 1}, {2, 1}})
	})
}

// progForms are the functions that take whole chunks, here one of n items.
var chunkForms = map[string]func(context.Context, *core.Executor, int, func(context.Context) error){
	"MapChunks": func(ctx context.Context, e *core.Executor, n int, f func(context.Context) error) {
		_, _ = core.MapChunks(ctx, e, indexes(n), func(ctx context.Context, in []int) ([]int, error) { return in, f(ctx) })
	},
	"ForEachChunk": func(ctx context.Context, e *core.Executor, n int, f func(context.Context) error) {
		_ = core.ForEachChunk(ctx, e, indexes(n), func(ctx context.Context, _ []int) error { return f(ctx) })
	},
	"Start": func(ctx context.Context, e *core.Executor, n int, f func(context.Context) error) {
		ctx, run := e.Start(ctx, n)
		_ = run.Chunk(ctx, n, f)
		run.End(nil)
	},
}

// progBeat makes an executor of one worker that tells progress every 100 ms,
// whatever happens.
func newHeartbeatExecutor(size int, hooks ...core.Hook) *core.Executor {
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(size), core.WithHeartbeat(100*tick))
	e.Register(hooks...)
	return e
}

// progReport reports a value 50 ms before each beat.
func reportSlowly(ctx context.Context, values ...int) {
	time.Sleep(50 * tick)
	for _, done := range values {
		core.ReportProgress(ctx, done)
		time.Sleep(100 * tick)
	}
}

func TestReportProgress(t *testing.T) {
	for name, run := range chunkForms {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := hooktest.NewRecorder()
				run(t.Context(), newHeartbeatExecutor(100, rec), 100, func(ctx context.Context) error {
					reportSlowly(ctx, 10, 5, 101, 1<<62, -1, -1<<62, 60, 100)
					return nil
				})
				checkEqual(t, "items done", progressValues(rec, itemsDone), []int{10, 10, 10, 10, 10, 10, 60, 100, 100})
			})
		})
	}
}

func TestReportProgressConcurrently(t *testing.T) {
	for name, run := range chunkForms {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := hooktest.NewRecorder()
				run(t.Context(), newHeartbeatExecutor(100, rec), 100, func(ctx context.Context) error {
					var all sync.WaitGroup
					for range 8 {
						all.Go(func() {
							for done := range 78 {
								core.ReportProgress(ctx, done)
							}
						})
					}
					all.Wait()
					reportSlowly(ctx, 3)
					return nil
				})
				checkEqual(t, "items done", progressValues(rec, itemsDone), []int{77, 100})
			})
		})
	}
}

// TestReportProgressElsewhere reports where nothing may come of it.
func TestReportProgressElsewhere(t *testing.T) {
	core.ReportProgress(t.Context(), 1)
	for _, form := range runForms() {
		if form.perChunk {
			continue
		}
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := hooktest.NewRecorder()
				form.run(t.Context(), newHeartbeatExecutor(10, rec), workload{items: 1, workers: 1, process: func(ctx context.Context, lo, hi int) ([]int, error) {
					reportSlowly(ctx, 1)
					return square(ctx, lo, hi)
				}})
				checkEqual(t, "items done", progressValues(rec, itemsDone), []int{0, 1})
			})
		})
	}
}

// TestReportProgressLate reports about a chunk whose function has returned,
// while the next chunk runs.
func TestReportProgressLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := hooktest.NewRecorder()
		var first context.Context
		_ = core.ForEachChunk(t.Context(), newHeartbeatExecutor(10, rec), indexes(20), func(ctx context.Context, in []int) error {
			if in[0] == 0 {
				first = ctx
				return nil
			}
			core.ReportProgress(ctx, 5)
			reportSlowly(first, 3)
			return nil
		})
		checkEqual(t, "items done", progressValues(rec, itemsDone), []int{15, 20})
	})
}

// TestReportProgressTooLate reports about a chunk that was interrupted, when
// no chunk runs any more.
func TestReportProgressTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := hooktest.NewRecorder()
		ctx, run := newHeartbeatExecutor(1, rec).Start(t.Context(), 10)
		var late context.Context
		interrupted, cancel := context.WithCancel(ctx)
		_ = run.Chunk(interrupted, 10, func(ctx context.Context) error {
			late = ctx
			core.ReportProgress(ctx, 4)
			cancel()
			return ctx.Err()
		})
		reportSlowly(late, 10)
		run.End(nil)
		checkEqual(t, "items done", progressValues(rec, itemsDone), []int{4})
		if end := onlyOne[core.RunEnd](t, rec); end.ItemsDone != 4 {
			t.Errorf("the run's end counts %d items, want 4", end.ItemsDone)
		}
	})
}

// TestActiveChunks has chunks of 250, 70 and 400 ms on two workers.
func TestActiveChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec, begin := hooktest.NewRecorder(), time.Now()
		e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(1), core.WithHeartbeat(100*tick))
		e.Register(rec)
		_ = core.ForEach(t.Context(), e, []int{250, 70, 400}, func(_ context.Context, ms int) error {
			time.Sleep(time.Duration(ms) * tick)
			return nil
		})
		type view struct {
			chunks, active int
			oldest         time.Duration // -1 if there is none
		}
		checkEqual(t, "chunks", progressValues(rec, func(p core.Progress) view {
			if p.OldestChunkStart.IsZero() {
				return view{p.Chunks, p.ChunksActive, -1}
			}
			return view{p.Chunks, p.ChunksActive, p.OldestChunkStart.Sub(begin)}
		}), []view{{1, 2, 0}, {1, 2, 0}, {2, 1, 70 * tick}, {2, 1, 70 * tick}, {3, 0, -1}})
	})
}

func TestProgressOfNothing(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			e := core.NewExecutor()
			e.Register(rec)
			form.run(t.Context(), e, workload{items: 0, workers: 2, process: square})
			p := onlyOne[core.Progress](t, rec)
			percent, known := p.Percent()
			if p.ItemsDone != 0 || p.Chunks != 0 || known == form.stream || known && percent != 100 {
				t.Errorf("%+v is at %v %%, %v", p, percent, known)
			}
			if len(hooktest.Of[core.ChunkStart](rec)) > 0 {
				t.Error("a chunk of nothing was told")
			}
		})
	}
}

// TestRemainingTime follows the estimate of runs in a bubble.
func TestRemainingTime(t *testing.T) {
	t.Run("three chunks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			mapItems(t, rec, 100, 39*tick)
			checkEstimates(t, rec, 200*tick, 100*39*tick)
		})
	})
	t.Run("two seconds", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			mapItems(t, rec, 500, 10*tick, core.WithChunkSize(500))
			checkEstimates(t, rec, 2*time.Second, 500*10*tick)
		})
	})
	t.Run("nothing finishes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			mapItems(t, rec, 1, 30*time.Second)
			for _, p := range hooktest.Of[core.Progress](rec) {
				if p.Remaining.Known != (p.ItemsDone == 1) {
					t.Errorf("%+v", p)
				}
			}
		})
	})
	t.Run("unknown total", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			e := core.NewExecutor(core.WithWorkers(1))
			e.Register(rec)
			src := core.FromSeq(slices.Values(indexes(50)))
			_ = collectStream(core.Stream(t.Context(), e, src, sleepFor(100*tick)))
			for _, p := range hooktest.Of[core.Progress](rec) {
				if p.Remaining != (core.Estimate{}) || p.Items != -1 {
					t.Errorf("%+v", p)
				}
			}
		})
	})
}

// progCheckEstimates wants estimates of a steady run from an instant on, that
// are right but for what is halfway done.
func checkEstimates(t *testing.T, rec *hooktest.Recorder, from, length time.Duration) {
	t.Helper()
	all := hooktest.Of[core.Progress](rec)
	for i, p := range all {
		e, left := p.Remaining, length-p.Elapsed
		off := (e.Expected - left).Abs()
		switch {
		case i == len(all)-1:
			if e != (core.Estimate{Known: true}) {
				t.Errorf("at the end: %+v", e)
			}
		case !e.Known && e == (core.Estimate{}) && p.Elapsed < from:
		case !e.Known || p.Elapsed < from || e.Low > e.Expected || e.Expected > e.High || off > left/5+100*tick:
			t.Errorf("at %v of %v: %+v", p.Elapsed, length, e)
		}
	}
}

// TestEvery has something new every 9.7 ms for 970 ms, so for the other hooks
// a Progress at each tenth of a second.
func TestEvery(t *testing.T) {
	limit := 350 * tick
	limited, all := atMilliseconds(100, 500, 900, 970), atMilliseconds(100, 200, 300, 400, 500, 600, 700, 800, 900, 970)
	tests := []struct {
		name string
		wrap func(a, b *hooktest.Recorder) core.Hook
		a, b []time.Duration
	}{
		{"one of two", func(a, b *hooktest.Recorder) core.Hook { return core.MultiHook(core.Every(limit, a), b) }, limited, all},
		{"the other one", func(a, b *hooktest.Recorder) core.Hook { return core.MultiHook(a, core.Every(limit, b)) }, all, limited},
		{"several", func(a, b *hooktest.Recorder) core.Hook { return core.Every(limit, core.MultiHook(a, b)) }, limited, limited},
		{"nested", func(a, b *hooktest.Recorder) core.Hook {
			return core.Every(tick, core.Every(limit, core.MultiHook(a, b)))
		}, limited, limited},
		{"nested otherwise", func(a, b *hooktest.Recorder) core.Hook {
			return core.Every(limit, core.Every(tick, core.MultiHook(a, b)))
		}, limited, limited},
		{"shorter than the interval", func(a, b *hooktest.Recorder) core.Hook { return core.Every(tick, core.MultiHook(a, b)) }, all, all},
		{"in a filter", func(a, b *hooktest.Recorder) core.Hook {
			return core.Filter(core.Every(limit, core.MultiHook(a, b)), func(core.RunStart) bool { return true })
		}, limited, limited},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := hooktest.NewRecorder(), hooktest.NewRecorder()
				mapItems(t, tt.wrap(a, b), 100, 9700*time.Microsecond)
				checkEqual(t, "a was told at", progressValues(a, elapsed), tt.a)
				checkEqual(t, "b was told at", progressValues(b, elapsed), tt.b)
				for name, rec := range map[string]*hooktest.Recorder{"a": a, "b": b} {
					if chunks := len(hooktest.Of[core.ChunkEnd](rec)); chunks != 100 {
						t.Errorf("%s: %d chunk ends, want 100: other moments are not limited", name, chunks)
					}
				}
			})
		})
	}
}

// TestEveryKeepsTheLastValue has news at 80 ms and 180 ms, and then none for long.
func TestEveryKeepsTheLastValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := hooktest.NewRecorder()
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithHeartbeat(time.Hour))
		e.Register(core.Every(350*tick, rec))
		_ = core.ForEach(t.Context(), e, []int{80, 100, 1000}, func(_ context.Context, ms int) error {
			time.Sleep(time.Duration(ms) * tick)
			return nil
		})
		type view struct {
			at     time.Duration // of the value
			chunks int
		}
		checkEqual(t, "values", progressValues(rec, func(p core.Progress) view { return view{p.Elapsed, p.Chunks} }),
			[]view{{100 * tick, 1}, {200 * tick, 2}, {1180 * tick, 3}})
	})
}

func TestFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		even, all := hooktest.NewRecorder(), hooktest.NewRecorder()
		asked := 0
		e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(5))
		e.Register(core.Filter(even, func(s core.RunStart) bool {
			asked++
			return s.Items%2 == 0
		}), all)
		for n := range 4 {
			_, _ = core.Map(t.Context(), e, indexes(n), sleepFor(tick))
		}
		if len(hooktest.Of[core.RunStart](all)) != 4 || len(hooktest.Of[core.RunEnd](all)) != 4 || asked != 4 {
			t.Errorf("the predicate was asked %d times about 4 runs, and the hook beside told of %d", asked, len(hooktest.Of[core.RunStart](all)))
		}
		ids := map[string]bool{}
		for _, s := range hooktest.Of[core.RunStart](even) {
			ids[s.RunID] = true
			if s.Items%2 != 0 {
				t.Errorf("a run of %d items got through the filter", s.Items)
			}
		}
		for _, c := range hooktest.Of[core.ChunkEnd](even) {
			if !ids[c.RunID] {
				t.Errorf("a chunk of another run got through the filter: %+v", c)
			}
		}
		if len(ids) != 2 || len(hooktest.Of[core.RunEnd](even)) != 2 || len(hooktest.Of[core.Progress](even)) != 2 {
			t.Errorf("the filtered hook saw %d runs, want 2", len(ids))
		}
	})
}

// TestFilterAsksOnce has a predicate for two hooks, which see the same runs.
func TestFilterAsksOnce(t *testing.T) {
	a, b := hooktest.NewRecorder(), hooktest.NewRecorder()
	asked := 0
	e := core.NewExecutor()
	e.Register(core.Filter(core.MultiHook(a, b), func(core.RunStart) bool {
		asked++
		return asked%2 == 0 // every other run
	}))
	for range 4 {
		_, _ = core.Map(t.Context(), e, indexes(1), sleepFor(0))
	}
	if runs := [3]int{asked, len(hooktest.Of[core.RunStart](a)), len(hooktest.Of[core.RunStart](b))}; runs != [3]int{4, 2, 2} {
		t.Errorf("asked, and let the hooks see: %v; want 4 and 2 each", runs)
	}
}

// TestNestedFilters lets a hook see what all its filters let through.
func TestNestedFilters(t *testing.T) {
	atLeast := func(n int) func(core.RunStart) bool { return func(s core.RunStart) bool { return s.Items >= n } }
	for _, limits := range [][2]int{{2, 3}, {3, 2}} {
		rec := hooktest.NewRecorder()
		e := core.NewExecutor()
		e.Register(core.Filter(core.Filter(rec, atLeast(limits[0])), atLeast(limits[1])))
		for n := range 5 {
			_, _ = core.Map(t.Context(), e, indexes(n), sleepFor(0))
		}
		var seen []int
		for _, s := range hooktest.Of[core.RunStart](rec) {
			seen = append(seen, s.Items)
		}
		checkEqual(t, "runs seen", seen, []int{3, 4})
	}
}

func TestFilterFaults(t *testing.T) {
	ways := map[core.FaultKind]func(){
		core.FaultPanic:  func() { panic(errBoom) },
		core.FaultGoexit: runtime.Goexit,
		core.FaultStuck:  func() { time.Sleep(15 * time.Second) },
	}
	for kind, broken := range ways {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec, after, logs := namedRecorder{hooktest.NewRecorder(), "filtered"}, hooktest.NewRecorder(), &logRecorder{}
				e := core.NewExecutor(core.WithLogger(logs.logger()))
				e.Register(core.Filter(rec, func(core.RunStart) bool {
					broken()
					return true
				}), core.Filter(after, func(core.RunStart) bool { return true }))
				if _, err := core.Map(t.Context(), e, indexes(3), sleepFor(0)); err != nil {
					t.Error(err)
				}
				for _, rec := range []*hooktest.Recorder{rec.Recorder, after} {
					f := onlyOne[core.Fault](t, rec)
					if f.Hook != "filtered" || f.Moment != core.MomentFilter || f.Kind != kind || (f.Value == errBoom) != (kind == core.FaultPanic) {
						t.Errorf("the fault is %+v", f)
					}
					onlyOne[core.RunStart](t, rec)
					onlyOne[core.RunEnd](t, rec)
				}
				if len(logs.linesOf("filtered")) != 1 {
					t.Errorf("logged: %v", logs.lines)
				}
			})
		})
	}
}

// progOrder is a hook that notes its calls in a list that others share.
func newOrderHook(name string, list *[]string) core.Hook {
	return &funcHook{name, func(ctx context.Context, m core.Moment, _ any) context.Context {
		if m == core.MomentRunStart || m == core.MomentRunEnd {
			*list = append(*list, name)
		}
		return ctx
	}}
}

func TestMultiHook(t *testing.T) {
	for _, empty := range []core.Hook{core.MultiHook(), core.MultiHook(nil, core.MultiHook(nil)), nil} {
		e := core.NewExecutor()
		unregister := e.Register(empty, core.MultiHook(empty))
		if out, err := core.Map(t.Context(), e, indexes(2), sleepFor(0)); err != nil || len(out) != 2 {
			t.Errorf("with an empty hook: %v, %v", out, err)
		}
		unregister()
	}
	var order []string
	hook := func(name string) core.Hook { return newOrderHook(name, &order) }
	e := core.NewExecutor()
	e.Register(core.MultiHook(hook("a"), nil, core.MultiHook(hook("b"), core.MultiHook(), core.MultiHook(hook("c")))), nil, hook("d"))
	_, _ = core.Map(t.Context(), e, indexes(1), sleepFor(0))
	checkEqual(t, "order", order, []string{"a", "b", "c", "d", "d", "c", "b", "a"})

	all := core.MultiHook(hook("a"), nil, core.MultiHook(hook("b"), hook("c")))
	for range 2 {
		hooks := core.Hooks(all)
		var names []string
		for i, h := range hooks {
			names = append(names, h.HookName())
			hooks[i] = nil // the caller's own list
		}
		checkEqual(t, "unwrapped", names, []string{"a", "b", "c"})
	}
}

// progStranger wraps a hook as somebody outside of the package may, and
// overrides one moment.
type userWrapper struct {
	core.Hook
	ends int
}

func (s *userWrapper) Unwrap() core.Hook                         { return s.Hook }
func (s *userWrapper) OnChunkEnd(context.Context, core.ChunkEnd) { s.ends++ }

func TestUserWrapper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := hooktest.NewRecorder()
		s := &userWrapper{Hook: rec}
		mapItems(t, core.Every(350*tick, s), 100, 9700*time.Microsecond)
		if told := len(hooktest.Of[core.ChunkEnd](rec)); s.ends != 100 || told != 0 {
			t.Errorf("the wrapper got %d chunk ends, the hook in it %d; want 100 and 0", s.ends, told)
		}
		if starts := len(hooktest.Of[core.ChunkStart](rec)); starts != 100 {
			t.Errorf("the hook in the wrapper got %d chunk starts, want 100", starts)
		}
		checkEqual(t, "the hook in the wrapper was told at", progressValues(rec, elapsed), atMilliseconds(100, 500, 900, 970))
	})
}

// TestStrangersWrapperKeepsLimits wraps hooks that Every, Filter and MultiHook made.
func TestUserWrapperKeepsLimits(t *testing.T) {
	t.Run("Every", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			mapItems(t, &userWrapper{Hook: core.Every(350*tick, rec)}, 100, 9700*time.Microsecond)
			checkEqual(t, "told at", progressValues(rec, elapsed), atMilliseconds(100, 500, 900, 970))
		})
	})
	t.Run("Filter", func(t *testing.T) {
		rec := hooktest.NewRecorder()
		s := &userWrapper{Hook: core.Filter(rec, func(core.RunStart) bool { return false })}
		mapItems(t, s, 3, 0)
		if events := rec.Events(); len(events)+s.ends > 0 {
			t.Errorf("a filtered hook got %d events, and its wrapper %d chunk ends; want none", len(events), s.ends)
		}
	})
	t.Run("MultiHook", func(t *testing.T) { // has no one place in the order
		if panicOf(func() { core.NewExecutor().Register(&userWrapper{Hook: core.MultiHook(hooktest.NewRecorder())}) }) == nil {
			t.Error("Register does not panic")
		}
	})
}

// TestWrapperPanics wants mistakes to be seen at once.
func TestWrapperPanics(t *testing.T) {
	rec := hooktest.NewRecorder()
	for name, mistake := range map[string]func(){
		"Every(0)":      func() { core.Every(0, rec) },
		"Every(-1)":     func() { core.Every(-1, rec) },
		"Every of nil":  func() { core.Every(1, nil) },
		"Filter of nil": func() { core.Filter(nil, func(core.RunStart) bool { return true }) },
		"Filter by nil": func() { core.Filter(rec, nil) },
	} {
		if panicOf(mistake) == nil {
			t.Errorf("%s does not panic", name)
		}
	}
}
