package core_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// leaveAtFirst calls f at the first result and returns from the loop.
func leaveAtFirst(seq iter.Seq2[int, error], f func()) error {
	for _, err := range seq {
		f()
		return err
	}
	return errBoom
}

// TestStreamLoopEnds leaves the loop over a stream in all ways while the user's
// function waits for its context.
func TestStreamLoopEnds(t *testing.T) {
	value := &streamResult{value: 1}
	leave := map[string]func(t *testing.T, seq iter.Seq2[int, error]){
		"break": func(t *testing.T, seq iter.Seq2[int, error]) {
			t.Helper()
			for v, err := range seq {
				_ = checkPrefix(t, []streamResult{{v, err}}, 1, false)
				break
			}
		},
		"stop": func(t *testing.T, seq iter.Seq2[int, error]) {
			t.Helper()
			next, stop := iter.Pull2(seq)
			v, err, _ := next()
			_ = checkPrefix(t, []streamResult{{v, err}}, 1, false)
			stop()
		},
		"panic": func(t *testing.T, seq iter.Seq2[int, error]) {
			t.Helper()
			if got := panicOf(func() { seq(func(int, error) bool { panic(value) }) }); got != value {
				t.Errorf("the panic went on with %v", got)
			}
		},
		"goexit": func(t *testing.T, seq iter.Seq2[int, error]) {
			t.Helper()
			exited := true
			onNewGoroutine(func() {
				_ = leaveAtFirst(seq, runtime.Goexit)
				exited = false
			})
			if !exited {
				t.Error("the goroutine did not exit")
			}
		},
		"return": func(t *testing.T, seq iter.Seq2[int, error]) {
			t.Helper()
			if err := leaveAtFirst(seq, func() {}); err != nil {
				t.Error(err)
			}
		},
	}
	for name, leave := range leave {
		t.Run(name, func(t *testing.T) {
			eachStreamForm(t, func(t streamTest) {
				rec := hooktest.NewRecorder()
				var running, interrupted atomic.Int64
				leave(t.T, t.form(t.Context(), newStreamExecutor(rec, core.WithChunkSize(1)), countTo(1000, nil), func(ctx context.Context, lo, hi int) ([]int, error) {
					if lo == 0 {
						return square(ctx, lo, hi)
					}
					running.Add(1)
					defer running.Add(-1)
					<-ctx.Done()
					time.Sleep(time.Second) // it does not return at once
					interrupted.Add(1)
					return nil, ctx.Err()
				}))
				if running.Load() != 0 {
					t.Errorf("%d calls still run", running.Load())
				}
				checkPairs(t.T, rec, 3)
				end := onlyOne[core.RunEnd](t.T, rec)
				if end.Outcome != core.OutcomeCanceled || end.ItemsDone != 1 || end.Err == nil {
					t.Errorf("the run's end: %+v", end)
				}
			})
		})
	}
}

// TestStreamBeforeAndAfterShutdown makes a stream before Shutdown and ranges over it
// afterwards.
func TestStreamBeforeAndAfterShutdown(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		e := newStreamExecutor(nil)
		pulled := false
		seq := t.form(t.Context(), e, func(func(int, error) bool) { pulled = true }, square)
		if err := e.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if err := checkPrefix(t.T, collectStream(seq), 0, true); !errors.Is(err, core.ErrShutdown) || pulled {
			t.Errorf("error %v, source pulled: %v", err, pulled)
		}
	})
}

// waitUntilDone waits for the end of ctx, at most an hour, so that a failing test does
// not hang.
func waitUntilDone(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Hour):
	}
}

// TestStreamCanceled ends the context after 10 items and one second, while the source,
// the user's function or the loop waits.
func TestStreamCanceled(t *testing.T) {
	type streamCase struct {
		src     func(ctx context.Context) iter.Seq2[int, error]
		process processFunc
		body    func(i int) // of the loop
		want    int         // results, -1 for as many as there are
	}
	endless := func(context.Context) iter.Seq2[int, error] { return countTo(1<<30, nil) }
	waits := func(last func(ctx context.Context, yield func(int, error) bool)) func(context.Context) iter.Seq2[int, error] {
		return func(ctx context.Context) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				countTo(10, nil)(yield)
				waitUntilDone(ctx)
				last(ctx, yield)
			}
		}
	}
	cases := map[string]streamCase{
		"the source waits and yields the error": {src: waits(func(ctx context.Context, yield func(int, error) bool) { yield(0, ctx.Err()) }), want: 10},
		"the source waits and yields the cause": {src: waits(func(ctx context.Context, yield func(int, error) bool) { yield(0, context.Cause(ctx)) }), want: 10},
		"the source waits and goes on": {src: waits(func(_ context.Context, yield func(int, error) bool) {
			for i := 10; yield(i, nil); i++ { // until yield returns false
				runtime.Gosched()
			}
		}), want: -1},
		"the source waits and returns": {src: waits(func(context.Context, func(int, error) bool) {}), want: 10},
		"the function waits": {src: endless, want: 10, process: func(ctx context.Context, lo, hi int) ([]int, error) {
			if lo >= 10 {
				waitUntilDone(ctx)
				return nil, ctx.Err()
			}
			return square(ctx, lo, hi)
		}},
		"the loop waits": {src: endless, want: -1, body: func(i int) {
			if i == 10 {
				time.Sleep(2 * time.Second)
			}
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			eachStreamForm(t, func(t streamTest) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(errStop) })
				begin, rec := time.Now(), hooktest.NewRecorder()
				process := square
				if c.process != nil {
					process = c.process
				}
				var all []streamResult
				for v, err := range t.form(ctx, newStreamExecutor(rec, core.WithChunkSize(1)), c.src(ctx), process) {
					if c.body != nil {
						c.body(len(all))
					}
					all = append(all, streamResult{v, err})
				}
				want := c.want
				if want < 0 {
					want = len(all) - 1
				}
				err := checkPrefix(t.T, all, want, true)
				if !errors.Is(err, context.Canceled) || !errors.Is(err, errStop) || mustRunError(t.T, err).Outcome != core.OutcomeCanceled {
					t.Errorf("the error is %v", err)
				}
				if length := time.Since(begin); length != time.Second && c.body == nil {
					t.Errorf("the run took %v", length)
				}
				checkPairs(t.T, rec, 3)
			})
		})
	}
}

// TestStreamPanics checks that mistakes panic at the call, not in the loop.
func TestStreamPanics(t *testing.T) {
	e := core.NewExecutor()
	for name, mistake := range map[string]func(){
		"no executor": func() { core.Stream(t.Context(), nil, countTo(1, nil), sleepFor(0)) },
		"no source":   func() { core.Stream(t.Context(), e, nil, sleepFor(0)) },
		"no function": func() { core.Stream[int, int](t.Context(), e, countTo(1, nil), nil) },
		"chunks, no executor": func() {
			core.StreamChunks(t.Context(), nil, countTo(1, nil), func(_ context.Context, in []int) ([]int, error) { return in, nil })
		},
		"chunks, no function": func() { core.StreamChunks[int, int](t.Context(), e, countTo(1, nil), nil) },
	} {
		if panicOf(mistake) == nil {
			t.Errorf("%s: no panic", name)
		}
	}
}
