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
)

const progTick = time.Millisecond

// progSleep is a function of items that take so long.
func progSleep(d time.Duration) func(context.Context, int) (int, error) {
	return func(context.Context, int) (int, error) {
		time.Sleep(d)
		return 1, nil
	}
}

// progMap runs n items that take d each, one to a chunk on one worker unless
// the options say otherwise.
func progMap(t *testing.T, hook core.Hook, n int, d time.Duration, opts ...core.Option) {
	t.Helper()
	e := core.NewExecutor(append([]core.Option{core.WithWorkers(1), core.WithChunkSize(1)}, opts...)...)
	e.Register(hook)
	if _, err := core.Map(t.Context(), e, indexes(n), progSleep(d)); err != nil {
		t.Error(err)
	}
}

// progTold maps the Progress values that a witness was told.
func progTold[V any](w *witness, value func(core.Progress) V) []V {
	var all []V
	for _, p := range toldOf[core.Progress](w) {
		all = append(all, value(p))
	}
	return all
}

func progElapsed(p core.Progress) time.Duration { return p.Elapsed }
func progDone(p core.Progress) int              { return p.ItemsDone }

// progWant compares what was told with what was to be.
func progWant[V comparable](t *testing.T, what string, got, want []V) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

// progAt makes instants of a run out of milliseconds.
func progAt(ms ...int) []time.Duration {
	var all []time.Duration
	for _, m := range ms {
		all = append(all, time.Duration(m)*progTick)
	}
	return all
}

func TestBlockedProgressHookDelaysNoChunk(t *testing.T) {
	for _, f := range flavours() {
		for _, workers := range []int{1, 2, 8} {
			t.Run(fmt.Sprintf("%s/workers=%d", f.name, workers), func(t *testing.T) {
				healthy, length := progEnds(t, f, workers, 0)
				blocked, blockedLength := progEnds(t, f, workers, 5*time.Second)
				if !maps.Equal(healthy, blocked) || len(healthy) == 0 {
					t.Errorf("chunks end at %v, with a blocked hook at %v", healthy, blocked)
				}
				if length >= time.Second || blockedLength != 100*progTick+5*time.Second {
					t.Errorf("the runs took %v and %v; only the end waits for the hook", length, blockedLength)
				}
			})
		}
	}
}

// progEnds returns when each chunk and, as -1, the run ended, and when the
// caller got its results, where the first call of a progress hook takes d.
func progEnds(t *testing.T, f flavour, workers int, d time.Duration) (ends map[int]time.Duration, length time.Duration) {
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
		f.run(t.Context(), e, job{n: 24, workers: workers, unit: func(ctx context.Context, lo, hi int) ([]int, error) {
			time.Sleep(time.Duration(hi-lo) * 37 * progTick)
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
		{"once per interval", nil, 100, 9700 * time.Microsecond, 0, progAt(100, 200, 300, 400, 500, 600, 700, 800, 900, 970)},
		{"interval", progOpts(core.WithProgressInterval(250 * progTick)), 100, 9700 * time.Microsecond, 0, progAt(250, 500, 750, 970)},
		{"long interval", progOpts(core.WithProgressInterval(time.Hour)), 100, 9700 * time.Microsecond, 0, progAt(970)},
		{"slow hook", nil, 100, 9700 * time.Microsecond, 130 * progTick, progAt(100, 330, 560, 790, 970)},
		{"nothing changes", nil, 1, 3550 * progTick, 0, progAt(100, 1100, 2100, 3100, 3550)},
		{"heartbeat", progOpts(core.WithHeartbeat(250 * progTick)), 1, 980 * progTick, 0, progAt(100, 350, 600, 850, 980)},
		{"heartbeat below the interval", progOpts(core.WithHeartbeat(progTick), core.WithProgressInterval(500*progTick)), 1, 1700 * progTick, 0, progAt(500, 1000, 1500, 1700)},
		{"interval 0, nothing ends", progOpts(core.WithProgressInterval(0)), 1, 2500 * progTick, 0, progAt(1000, 2000, 2500)},
		{"interval 0, heartbeat", progOpts(core.WithProgressInterval(0), core.WithHeartbeat(300*progTick)), 2, 700 * progTick, 0, progAt(300, 600, 700, 1000, 1300, 1400)},
		{"interval 0, each chunk", progOpts(core.WithProgressInterval(0)), 5, 10 * progTick, 0, progAt(10, 20, 30, 40, 50)},
		{"no items", nil, 0, 0, 0, progAt(0)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				var told []time.Duration
				progMap(t, core.OnProgress(func(core.Progress) {
					told = append(told, time.Since(begin))
					time.Sleep(tt.hook)
				}), tt.n, tt.item, tt.opts...)
				progWant(t, "Progress was told at", told, tt.want)
			})
		})
	}
}

func progOpts(opts ...core.Option) []core.Option { return opts }

// TestProgressMerged has chunks of 10 ms end while a hook takes 33 ms: each
// call is told of all that ended meanwhile.
func TestProgressMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []int
		progMap(t, core.OnProgress(func(p core.Progress) {
			told = append(told, p.Chunks)
			time.Sleep(33 * progTick)
		}), 20, 10*progTick, core.WithProgressInterval(0))
		progWant(t, "ended chunks", told, []int{1, 4, 7, 10, 14, 17, 20})
	})
}

// TestProgressGrows asks for a Progress after each chunk while the clock
// stands still.
func TestProgressGrows(t *testing.T) {
	const n = 50
	synctest.Test(t, func(t *testing.T) {
		w, told := newWitness("all"), make(chan struct{}, n+1)
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithProgressInterval(0), core.WithContinueOnError())
		e.Register(w, core.OnProgress(func(core.Progress) { told <- struct{}{} }))
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
		all := toldOf[core.Progress](w)
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
	for _, f := range flavours() {
		for name, end := range ends {
			for _, interval := range []time.Duration{0, 25 * progTick, time.Hour} {
				t.Run(fmt.Sprintf("%s/%s/interval=%v", f.name, name, interval), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						j := job{n: 30, workers: 3}
						j.unit = func(ctx context.Context, lo, hi int) ([]int, error) {
							time.Sleep(7 * progTick)
							if lo <= 14 && 14 < hi {
								if err := end(cancel); err != nil {
									return nil, err
								}
							}
							return square(ctx, lo, hi)
						}
						w := newWitness("w")
						e := j.executor(core.WithProgressInterval(interval))
						e.Register(w)
						f.run(ctx, e, j)
						progCheckLast(t, w)
					})
				})
			}
		}
	}
}

func progCheckLast(t *testing.T, w *witness) {
	t.Helper()
	type counts struct{ items, failed, chunks, active int }
	end := onlyOne[core.RunEnd](t, w)
	want, times := counts{end.ItemsDone, end.ItemsFailed, end.Chunks, 0}, 0
	var last counts
	for _, p := range toldOf[core.Progress](w) {
		if last = (counts{p.ItemsDone, p.ItemsFailed, p.Chunks, p.ChunksActive}); last == want {
			times++
		}
	}
	if last != want || times != 1 {
		t.Errorf("the last Progress has %+v and the run's end %+v, which came %d times", last, want, times)
	}
	if _, is := w.told[len(w.told)-1].(core.RunEnd); !is {
		t.Errorf("after the run's end came %+v", w.told[len(w.told)-1])
	}
}

// TestProgressInsideChunk has one chunk for all items, each of 9.7 ms.
func TestProgressInsideChunk(t *testing.T) {
	const n, item = 100, 9700 * time.Microsecond
	for _, f := range flavours() {
		if f.whole {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWitness("w")
				e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(n))
				e.Register(w)
				f.run(t.Context(), e, job{n: n, workers: 1, unit: func(ctx context.Context, lo, hi int) ([]int, error) {
					time.Sleep(item)
					return square(ctx, lo, hi)
				}})
				progWant(t, "items done", progTold(w, progDone), []int{10, 20, 30, 41, 51, 61, 72, 82, 92, 100})
			})
		})
	}
}

// TestProgressCountsFailedItems looks into a chunk whose first item failed and
// whose second takes long.
func TestProgressCountsFailedItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness("w")
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(10), core.WithContinueOnError())
		e.Register(w)
		_ = core.ForEach(t.Context(), e, indexes(2), func(_ context.Context, i int) error {
			if i == 0 {
				return errBoom
			}
			time.Sleep(150 * progTick)
			return nil
		})
		progWant(t, "done and failed", progTold(w, func(p core.Progress) [2]int { return [2]int{p.ItemsDone, p.ItemsFailed} }),
			[][2]int{{1, 1}, {2, 1}})
	})
}

// progForms are the functions that take whole chunks, here one of n items.
var progForms = map[string]func(context.Context, *core.Executor, int, func(context.Context) error){
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
func progBeat(size int, hooks ...core.Hook) *core.Executor {
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(size), core.WithHeartbeat(100*progTick))
	e.Register(hooks...)
	return e
}

// progReport reports a value 50 ms before each beat.
func progReport(ctx context.Context, values ...int) {
	time.Sleep(50 * progTick)
	for _, done := range values {
		core.ReportProgress(ctx, done)
		time.Sleep(100 * progTick)
	}
}

func TestReportProgress(t *testing.T) {
	for name, run := range progForms {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWitness("w")
				run(t.Context(), progBeat(100, w), 100, func(ctx context.Context) error {
					progReport(ctx, 10, 5, 101, 1<<62, -1, -1<<62, 60, 100)
					return nil
				})
				progWant(t, "items done", progTold(w, progDone), []int{10, 10, 10, 10, 10, 10, 60, 100, 100})
			})
		})
	}
}

func TestReportProgressConcurrently(t *testing.T) {
	for name, run := range progForms {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWitness("w")
				run(t.Context(), progBeat(100, w), 100, func(ctx context.Context) error {
					var all sync.WaitGroup
					for range 8 {
						all.Go(func() {
							for done := range 78 {
								core.ReportProgress(ctx, done)
							}
						})
					}
					all.Wait()
					progReport(ctx, 3)
					return nil
				})
				progWant(t, "items done", progTold(w, progDone), []int{77, 100})
			})
		})
	}
}

// TestReportProgressElsewhere reports where nothing may come of it.
func TestReportProgressElsewhere(t *testing.T) {
	core.ReportProgress(t.Context(), 1)
	for _, f := range flavours() {
		if f.whole {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWitness("w")
				f.run(t.Context(), progBeat(10, w), job{n: 1, workers: 1, unit: func(ctx context.Context, lo, hi int) ([]int, error) {
					progReport(ctx, 1)
					return square(ctx, lo, hi)
				}})
				progWant(t, "items done", progTold(w, progDone), []int{0, 1})
			})
		})
	}
}

// TestReportProgressLate reports about a chunk whose function has returned,
// while the next chunk runs.
func TestReportProgressLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness("w")
		var first context.Context
		_ = core.ForEachChunk(t.Context(), progBeat(10, w), indexes(20), func(ctx context.Context, in []int) error {
			if in[0] == 0 {
				first = ctx
				return nil
			}
			core.ReportProgress(ctx, 5)
			progReport(first, 3)
			return nil
		})
		progWant(t, "items done", progTold(w, progDone), []int{15, 20})
	})
}

// TestReportProgressTooLate reports about a chunk that was interrupted, when
// no chunk runs any more.
func TestReportProgressTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness("w")
		ctx, run := progBeat(1, w).Start(t.Context(), 10)
		var late context.Context
		interrupted, cancel := context.WithCancel(ctx)
		_ = run.Chunk(interrupted, 10, func(ctx context.Context) error {
			late = ctx
			core.ReportProgress(ctx, 4)
			cancel()
			return ctx.Err()
		})
		progReport(late, 10)
		run.End(nil)
		progWant(t, "items done", progTold(w, progDone), []int{4})
		if end := onlyOne[core.RunEnd](t, w); end.ItemsDone != 4 {
			t.Errorf("the run's end counts %d items, want 4", end.ItemsDone)
		}
	})
}

// TestActiveChunks has chunks of 250, 70 and 400 ms on two workers.
func TestActiveChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, begin := newWitness("w"), time.Now()
		e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(1), core.WithHeartbeat(100*progTick))
		e.Register(w)
		_ = core.ForEach(t.Context(), e, []int{250, 70, 400}, func(_ context.Context, ms int) error {
			time.Sleep(time.Duration(ms) * progTick)
			return nil
		})
		type view struct {
			chunks, active int
			oldest         time.Duration // -1 if there is none
		}
		progWant(t, "chunks", progTold(w, func(p core.Progress) view {
			if p.OldestChunkStart.IsZero() {
				return view{p.Chunks, p.ChunksActive, -1}
			}
			return view{p.Chunks, p.ChunksActive, p.OldestChunkStart.Sub(begin)}
		}), []view{{1, 2, 0}, {1, 2, 0}, {2, 1, 70 * progTick}, {2, 1, 70 * progTick}, {3, 0, -1}})
	})
}

func TestProgressOfNothing(t *testing.T) {
	for _, f := range flavours() {
		t.Run(f.name, func(t *testing.T) {
			w := newWitness("w")
			e := core.NewExecutor()
			e.Register(w)
			f.run(t.Context(), e, job{n: 0, workers: 2, unit: square})
			p := onlyOne[core.Progress](t, w)
			percent, known := p.Percent()
			if p.ItemsDone != 0 || p.Chunks != 0 || known == f.stream || known && percent != 100 {
				t.Errorf("%+v is at %v %%, %v", p, percent, known)
			}
			if len(toldOf[core.ChunkStart](w)) > 0 {
				t.Error("a chunk of nothing was told")
			}
		})
	}
}

// TestRemainingTime follows the estimate of runs in a bubble.
func TestRemainingTime(t *testing.T) {
	t.Run("three chunks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWitness("w")
			progMap(t, w, 100, 39*progTick)
			progCheckEstimates(t, w, 200*progTick, 100*39*progTick)
		})
	})
	t.Run("two seconds", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWitness("w")
			progMap(t, w, 500, 10*progTick, core.WithChunkSize(500))
			progCheckEstimates(t, w, 2*time.Second, 500*10*progTick)
		})
	})
	t.Run("nothing finishes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWitness("w")
			progMap(t, w, 1, 30*time.Second)
			for _, p := range toldOf[core.Progress](w) {
				if p.Remaining.Known != (p.ItemsDone == 1) {
					t.Errorf("%+v", p)
				}
			}
		})
	})
	t.Run("unknown total", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWitness("w")
			e := core.NewExecutor(core.WithWorkers(1))
			e.Register(w)
			src := core.FromSeq(slices.Values(indexes(50)))
			_ = strAll(core.Stream(t.Context(), e, src, progSleep(100*progTick)))
			for _, p := range toldOf[core.Progress](w) {
				if p.Remaining != (core.Estimate{}) || p.Items != -1 {
					t.Errorf("%+v", p)
				}
			}
		})
	})
}

// progCheckEstimates wants estimates of a steady run from an instant on, that
// are right but for what is halfway done.
func progCheckEstimates(t *testing.T, w *witness, from, length time.Duration) {
	t.Helper()
	all := toldOf[core.Progress](w)
	for i, p := range all {
		e, left := p.Remaining, length-p.Elapsed
		off := (e.Expected - left).Abs()
		switch {
		case i == len(all)-1:
			if e != (core.Estimate{Known: true}) {
				t.Errorf("at the end: %+v", e)
			}
		case !e.Known && e == (core.Estimate{}) && p.Elapsed < from:
		case !e.Known || p.Elapsed < from || e.Low > e.Expected || e.Expected > e.High || off > left/5+100*progTick:
			t.Errorf("at %v of %v: %+v", p.Elapsed, length, e)
		}
	}
}

// TestEvery has something new every 9.7 ms for 970 ms, so for the other hooks
// a Progress at each tenth of a second.
func TestEvery(t *testing.T) {
	limit := 350 * progTick
	limited, all := progAt(100, 500, 900, 970), progAt(100, 200, 300, 400, 500, 600, 700, 800, 900, 970)
	tests := []struct {
		name string
		wrap func(a, b *witness) core.Hook
		a, b []time.Duration
	}{
		{"one of two", func(a, b *witness) core.Hook { return core.MultiHook(core.Every(limit, a), b) }, limited, all},
		{"the other one", func(a, b *witness) core.Hook { return core.MultiHook(a, core.Every(limit, b)) }, all, limited},
		{"several", func(a, b *witness) core.Hook { return core.Every(limit, core.MultiHook(a, b)) }, limited, limited},
		{"nested", func(a, b *witness) core.Hook { return core.Every(progTick, core.Every(limit, core.MultiHook(a, b))) }, limited, limited},
		{"nested otherwise", func(a, b *witness) core.Hook { return core.Every(limit, core.Every(progTick, core.MultiHook(a, b))) }, limited, limited},
		{"shorter than the interval", func(a, b *witness) core.Hook { return core.Every(progTick, core.MultiHook(a, b)) }, all, all},
		{"in a filter", func(a, b *witness) core.Hook {
			return core.Filter(core.Every(limit, core.MultiHook(a, b)), func(core.RunStart) bool { return true })
		}, limited, limited},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := newWitness("a"), newWitness("b")
				progMap(t, tt.wrap(a, b), 100, 9700*time.Microsecond)
				progWant(t, "a was told at", progTold(a, progElapsed), tt.a)
				progWant(t, "b was told at", progTold(b, progElapsed), tt.b)
				for _, w := range []*witness{a, b} {
					if chunks := len(toldOf[core.ChunkEnd](w)); chunks != 100 {
						t.Errorf("%s: %d chunk ends, want 100: other moments are not limited", w.name, chunks)
					}
				}
			})
		})
	}
}

// TestEveryKeepsTheLastValue has news at 80 ms and 180 ms, and then none for long.
func TestEveryKeepsTheLastValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness("w")
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithHeartbeat(time.Hour))
		e.Register(core.Every(350*progTick, w))
		_ = core.ForEach(t.Context(), e, []int{80, 100, 1000}, func(_ context.Context, ms int) error {
			time.Sleep(time.Duration(ms) * progTick)
			return nil
		})
		type view struct {
			at     time.Duration // of the value
			chunks int
		}
		progWant(t, "values", progTold(w, func(p core.Progress) view { return view{p.Elapsed, p.Chunks} }),
			[]view{{100 * progTick, 1}, {200 * progTick, 2}, {1180 * progTick, 3}})
	})
}

func TestFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		even, all := newWitness("even"), newWitness("all")
		asked := 0
		e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(5))
		e.Register(core.Filter(even, func(s core.RunStart) bool {
			asked++
			return s.Items%2 == 0
		}), all)
		for n := range 4 {
			_, _ = core.Map(t.Context(), e, indexes(n), progSleep(progTick))
		}
		if len(toldOf[core.RunStart](all)) != 4 || len(toldOf[core.RunEnd](all)) != 4 || asked != 4 {
			t.Errorf("the predicate was asked %d times about 4 runs, and the hook beside told of %d", asked, len(toldOf[core.RunStart](all)))
		}
		ids := map[string]bool{}
		for _, s := range toldOf[core.RunStart](even) {
			ids[s.RunID] = true
			if s.Items%2 != 0 {
				t.Errorf("a run of %d items got through the filter", s.Items)
			}
		}
		for _, c := range toldOf[core.ChunkEnd](even) {
			if !ids[c.RunID] {
				t.Errorf("a chunk of another run got through the filter: %+v", c)
			}
		}
		if len(ids) != 2 || len(toldOf[core.RunEnd](even)) != 2 || len(toldOf[core.Progress](even)) != 2 {
			t.Errorf("the filtered hook saw %d runs, want 2", len(ids))
		}
	})
}

// TestFilterAsksOnce has a predicate for two hooks, which see the same runs.
func TestFilterAsksOnce(t *testing.T) {
	a, b := newWitness("a"), newWitness("b")
	asked := 0
	e := core.NewExecutor()
	e.Register(core.Filter(core.MultiHook(a, b), func(core.RunStart) bool {
		asked++
		return asked%2 == 0 // every other run
	}))
	for range 4 {
		_, _ = core.Map(t.Context(), e, indexes(1), progSleep(0))
	}
	if runs := [3]int{asked, len(toldOf[core.RunStart](a)), len(toldOf[core.RunStart](b))}; runs != [3]int{4, 2, 2} {
		t.Errorf("asked, and let the hooks see: %v; want 4 and 2 each", runs)
	}
}

// TestNestedFilters lets a hook see what all its filters let through.
func TestNestedFilters(t *testing.T) {
	atLeast := func(n int) func(core.RunStart) bool { return func(s core.RunStart) bool { return s.Items >= n } }
	for _, limits := range [][2]int{{2, 3}, {3, 2}} {
		w := newWitness("w")
		e := core.NewExecutor()
		e.Register(core.Filter(core.Filter(w, atLeast(limits[0])), atLeast(limits[1])))
		for n := range 5 {
			_, _ = core.Map(t.Context(), e, indexes(n), progSleep(0))
		}
		var seen []int
		for _, s := range toldOf[core.RunStart](w) {
			seen = append(seen, s.Items)
		}
		progWant(t, "runs seen", seen, []int{3, 4})
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
				w, after, book := newWitness("filtered"), newWitness("after"), &logBook{}
				e := core.NewExecutor(core.WithLogger(book.logger()))
				e.Register(core.Filter(w, func(core.RunStart) bool {
					broken()
					return true
				}), core.Filter(after, func(core.RunStart) bool { return true }))
				if _, err := core.Map(t.Context(), e, indexes(3), progSleep(0)); err != nil {
					t.Error(err)
				}
				for _, hook := range []*witness{w, after} {
					f := onlyOne[core.Fault](t, hook)
					if f.Hook != "filtered" || f.Moment != core.MomentFilter || f.Kind != kind || (f.Value == errBoom) != (kind == core.FaultPanic) {
						t.Errorf("the fault is %+v", f)
					}
					onlyOne[core.RunStart](t, hook)
					onlyOne[core.RunEnd](t, hook)
				}
				if len(book.of("filtered")) != 1 {
					t.Errorf("logged: %v", book.lines)
				}
			})
		})
	}
}

// progOrder is a hook that notes its calls in a list that others share.
func progOrder(name string, list *[]string) core.Hook {
	return &tap{name, func(ctx context.Context, m core.Moment, _ any) context.Context {
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
		if out, err := core.Map(t.Context(), e, indexes(2), progSleep(0)); err != nil || len(out) != 2 {
			t.Errorf("with an empty hook: %v, %v", out, err)
		}
		unregister()
	}
	var order []string
	hook := func(name string) core.Hook { return progOrder(name, &order) }
	e := core.NewExecutor()
	e.Register(core.MultiHook(hook("a"), nil, core.MultiHook(hook("b"), core.MultiHook(), core.MultiHook(hook("c")))), nil, hook("d"))
	_, _ = core.Map(t.Context(), e, indexes(1), progSleep(0))
	progWant(t, "order", order, []string{"a", "b", "c", "d", "d", "c", "b", "a"})

	all := core.MultiHook(hook("a"), nil, core.MultiHook(hook("b"), hook("c")))
	for range 2 {
		hooks := core.Hooks(all)
		var names []string
		for i, h := range hooks {
			names = append(names, h.HookName())
			hooks[i] = nil // the caller's own list
		}
		progWant(t, "unwrapped", names, []string{"a", "b", "c"})
	}
}

// progStranger wraps a hook as somebody outside of the package may, and
// overrides one moment.
type progStranger struct {
	core.Hook
	ends int
}

func (s *progStranger) Unwrap() core.Hook                         { return s.Hook }
func (s *progStranger) OnChunkEnd(context.Context, core.ChunkEnd) { s.ends++ }

func TestStrangersWrapper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness("inner")
		s := &progStranger{Hook: w}
		progMap(t, core.Every(350*progTick, s), 100, 9700*time.Microsecond)
		if told := len(toldOf[core.ChunkEnd](w)); s.ends != 100 || told != 0 {
			t.Errorf("the wrapper got %d chunk ends, the hook in it %d; want 100 and 0", s.ends, told)
		}
		if starts := len(toldOf[core.ChunkStart](w)); starts != 100 {
			t.Errorf("the hook in the wrapper got %d chunk starts, want 100", starts)
		}
		progWant(t, "the hook in the wrapper was told at", progTold(w, progElapsed), progAt(100, 500, 900, 970))
	})
}

// TestStrangersWrapperKeepsLimits wraps hooks that Every, Filter and MultiHook made.
func TestStrangersWrapperKeepsLimits(t *testing.T) {
	t.Run("Every", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWitness("inner")
			progMap(t, &progStranger{Hook: core.Every(350*progTick, w)}, 100, 9700*time.Microsecond)
			progWant(t, "told at", progTold(w, progElapsed), progAt(100, 500, 900, 970))
		})
	})
	t.Run("Filter", func(t *testing.T) {
		w := newWitness("inner")
		s := &progStranger{Hook: core.Filter(w, func(core.RunStart) bool { return false })}
		progMap(t, s, 3, 0)
		if len(w.told)+s.ends > 0 {
			t.Errorf("a hook that is to see no run was told of %d events, and its wrapper of %d chunk ends", len(w.told), s.ends)
		}
	})
	t.Run("MultiHook", func(t *testing.T) { // has no one place in the order
		if panicOf(func() { core.NewExecutor().Register(&progStranger{Hook: core.MultiHook(newWitness("inner"))}) }) == nil {
			t.Error("Register does not panic")
		}
	})
}

// TestWrapperPanics wants mistakes to be seen at once.
func TestWrapperPanics(t *testing.T) {
	w := newWitness("w")
	for name, mistake := range map[string]func(){
		"Every(0)":      func() { core.Every(0, w) },
		"Every(-1)":     func() { core.Every(-1, w) },
		"Every of nil":  func() { core.Every(1, nil) },
		"Filter of nil": func() { core.Filter(nil, func(core.RunStart) bool { return true }) },
		"Filter by nil": func() { core.Filter(w, nil) },
	} {
		if panicOf(mistake) == nil {
			t.Errorf("%s does not panic", name)
		}
	}
}
