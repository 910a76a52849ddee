package core_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestEverythingAfterShutdown(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			w := workload{items: 4, workers: 1}
			w.process = func(context.Context, int, int) ([]int, error) {
				t.Error("an item ran")
				return nil, nil
			}
			e := w.executor()
			e.Register(rec)
			for range 2 {
				if err := e.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			}
			result := form.run(t.Context(), e, w)
			errs := []error{result.err}
			if form.ownLoop {
				errs = nil
				for _, b := range result.failedCalls {
					errs = append(errs, b.err)
				}
				ctx, r := e.Start(t.Context(), 1)
				errs = append(errs, context.Cause(ctx))
				if ctx.Err() == nil {
					t.Error("the context of Start is not cancelled")
				}
				r.End(nil)
				r.End(errBoom)
			}
			for _, err := range errs {
				if !errors.Is(err, core.ErrShutdown) {
					t.Errorf("the error is %v", err)
				}
			}
			if len(errs) == 0 || len(rec.Events()) > 0 {
				t.Errorf("%d errors, events %v", len(errs), rec.Events())
			}
			if !form.ownLoop && !form.stream && !strings.HasPrefix(form.name, "ForEach") && result.values != nil {
				t.Errorf("results %v", result.values)
			}
		})
	}
	e := core.NewExecutor()
	_ = e.Shutdown(t.Context())
	e.Register(hooktest.NewRecorder())() // allowed, without effect
}

func TestChunkAfterEnd(t *testing.T) {
	e := core.NewExecutor(core.WithName("job"))
	ctx, r := e.Start(t.Context(), 1)
	r.End(nil)
	r.End(errBoom) // only the first counts
	if ctx.Err() == nil {
		t.Error("End left the run's context alive")
	}
	err := r.Chunk(t.Context(), 1, func(context.Context) error { t.Error("fn ran"); return nil })
	if !errors.Is(err, core.ErrRunEnded) || !strings.HasPrefix(err.Error(), "job: ") {
		t.Errorf("Chunk after End returned %v", err)
	}
}

// flushHook is a Recorder with a name and a Flush.
type flushHook struct {
	*hooktest.Recorder
	name  string
	flush func(context.Context) error
}

func (h *flushHook) HookName() string                { return h.name }
func (h *flushHook) Flush(ctx context.Context) error { return h.flush(ctx) }

func TestShutdownWaitsForRuns(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const slow = time.Minute
				rec := hooktest.NewRecorder()
				flushed := &flushHook{hooktest.NewRecorder(), "flushed", func(context.Context) error {
					if n := len(hooktest.Of[core.RunEnd](rec)); n != 2 {
						t.Errorf("flushed after %d of 2 runs", n)
					}
					return nil
				}}
				w := workload{items: 1, workers: 1}
				w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
					time.Sleep(slow)
					return square(ctx, lo, hi)
				}
				e := w.executor()
				e.Register(flushed, rec)
				var runs sync.WaitGroup
				defer runs.Wait()
				for range 2 {
					runs.Go(func() { form.run(t.Context(), e, w) })
				}
				synctest.Wait()

				began := time.Now()
				short, cancel := context.WithTimeoutCause(t.Context(), slow/4, errStop)
				defer cancel()
				err := e.Shutdown(short)
				if took := time.Since(began); took != slow/4 || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errStop) {
					t.Errorf("Shutdown gave up after %v: %v", took, err)
				}
				if text := fmt.Sprint(err); !strings.HasPrefix(text, "job: ") || !strings.Contains(text, "2 running") {
					t.Errorf("the error does not say whose runs and how many: %v", err)
				}
				var both sync.WaitGroup
				for range 2 { // concurrently
					both.Go(func() {
						if err := e.Shutdown(t.Context()); err != nil {
							t.Error(err)
						}
						if took := time.Since(began); took != slow {
							t.Errorf("Shutdown returned after %v, the runs took %v", took, slow)
						}
					})
				}
				both.Wait()
			})
		})
	}
}

// flushGrace is how much longer than its context Shutdown waits for a hook to report
// what it has not flushed.
const flushGrace = 100 * time.Millisecond

func TestShutdownFlushesHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Minute
		hook := func(name string, flush func(context.Context) error) core.Hook {
			return &flushHook{hooktest.NewRecorder(), name, flush}
		}
		type key struct{}
		e := core.NewExecutor(core.WithName("job"))
		e.Register(
			hook("slow", func(context.Context) error { time.Sleep(limit / 2); return nil }),
			hook("as slow", func(context.Context) error { time.Sleep(limit / 2); return nil }),
			hook("fails", func(context.Context) error { return errBoom }),
			hook("panics", func(context.Context) error { panic(errStop) }),
			hook("exits", func(context.Context) error { runtime.Goexit(); return nil }),
			core.Every(time.Second, core.Filter(hook("wrapped", func(ctx context.Context) error {
				if ctx.Value(key{}) != "kept" {
					t.Error("Flush got another context")
				}
				return nil
			}), func(core.RunStart) bool { return false })),
			hook("too slow", func(ctx context.Context) error { time.Sleep(2 * limit); return nil }),
			namedRecorder{hooktest.NewRecorder(), "cannot be flushed"},
		)
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "kept"), limit)
		defer cancel()
		began := time.Now()
		err := e.Shutdown(ctx)
		if took := time.Since(began); took != limit+flushGrace {
			t.Errorf("Shutdown took %v, want %v: hooks are flushed at once", took, limit+flushGrace)
		}
		for _, want := range []error{errBoom, errStop, core.ErrGoexit, context.DeadlineExceeded} {
			if !errors.Is(err, want) {
				t.Errorf("the error does not wrap %v:\n%v", want, err)
			}
		}
		for _, name := range []string{"fails", "panics", "exits", "too slow"} {
			if !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
				t.Errorf("the error does not name %q:\n%v", name, err)
			}
		}
		for _, name := range []string{`"slow"`, `"as slow"`, "wrapped", "cannot"} {
			if strings.Contains(err.Error(), name) {
				t.Errorf("the error names %s:\n%v", name, err)
			}
		}
		time.Sleep(2 * limit) // until the last Flush returns
	})
}

// Shutdown from inside a run does not wait for that run.
func TestShutdownInsideRuns(t *testing.T) {
	inner := func(ctx context.Context, e *core.Executor, f func(context.Context) error) error {
		return core.ForEach(ctx, e, indexes(1), func(ctx context.Context, _ int) error { return f(ctx) })
	}
	nestings := map[string]func(ctx context.Context, e *core.Executor) error{
		"run": func(ctx context.Context, e *core.Executor) error { return inner(ctx, e, e.Shutdown) },
		"run with a chosen id": func(ctx context.Context, e *core.Executor) error {
			return inner(core.WithRun(ctx, core.RunInfo{ID: "id"}), e, e.Shutdown)
		},
		"run in a run": func(ctx context.Context, e *core.Executor) error {
			return inner(ctx, e, func(ctx context.Context) error { return inner(ctx, e, e.Shutdown) })
		},
		"run in another executor's run": func(ctx context.Context, e *core.Executor) error {
			return inner(ctx, e, func(ctx context.Context) error {
				return inner(ctx, core.NewExecutor(), func(ctx context.Context) error { return e.Shutdown(ctx) })
			})
		},
		"run with a chosen id in a run": func(ctx context.Context, e *core.Executor) error {
			return inner(ctx, e, func(ctx context.Context) error {
				return inner(core.WithRun(ctx, core.RunInfo{ID: "id"}), e, e.Shutdown)
			})
		},
	}
	for name, run := range nestings {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				if err := run(ctx, core.NewExecutor()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A hook or a caller may keep a context after its run. Shutdown with that context
// waits for other runs.
func TestShutdownWithAContextOfAnEndedRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept context.Context
		e := core.NewExecutor()
		e.Register(hookAt("keeps", core.MomentRunEnd, func(ctx context.Context, _ any) context.Context { kept = ctx; return ctx }))
		if err := core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
		over := kept
		var ended atomic.Bool
		var other sync.WaitGroup
		other.Go(func() {
			_ = core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { time.Sleep(time.Minute); return nil })
			ended.Store(true)
		})
		synctest.Wait()
		if err := e.Shutdown(over); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if !ended.Load() {
			t.Error("Shutdown did not wait for a run that its context has nothing to do with")
		}
		other.Wait()
	})
}
