package core_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// strPair is what a stream yields at once.
type streamResult struct {
	value int
	err   error
}

// strForm is a function on streams, of items that are their index.
type streamForm = func(context.Context, *core.Executor, iter.Seq2[int, error], processFunc) iter.Seq2[int, error]

var streamForms = map[string]streamForm{
	"Stream": func(ctx context.Context, e *core.Executor, src iter.Seq2[int, error], unit processFunc) iter.Seq2[int, error] {
		return core.Stream(ctx, e, src, func(ctx context.Context, i int) (int, error) { return singleResult(unit(ctx, i, i+1)) })
	},
	"StreamChunks": func(ctx context.Context, e *core.Executor, src iter.Seq2[int, error], unit processFunc) iter.Seq2[int, error] {
		return core.StreamChunks(ctx, e, src, func(ctx context.Context, in []int) ([]int, error) {
			return unit(ctx, in[0], in[0]+len(in))
		})
	},
}

// strCount is a source of n items and then, if there is one, an error.
func countTo(n int, err error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if err != nil {
			yield(-1, err)
		}
	}
}

// strTest is a test of one form.
type streamTest struct {
	*testing.T
	form streamForm
}

// strEach runs a test for both forms, in a bubble.
func eachStreamForm(t *testing.T, test func(t streamTest)) {
	t.Helper()
	for name, form := range streamForms {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(streamTest{t, form}) })
		})
	}
}

func newStreamExecutor(rec *hooktest.Recorder, opts ...core.Option) *core.Executor {
	e := core.NewExecutor(append([]core.Option{core.WithWorkers(3), core.WithChunkSize(4)}, opts...)...)
	if rec != nil {
		e.Register(rec)
	}
	return e
}

// strAll ranges over a stream to its end.
func collectStream(seq iter.Seq2[int, error]) []streamResult {
	var all []streamResult
	for v, err := range seq {
		all = append(all, streamResult{v, err})
	}
	return all
}

// strPrefix wants so many right results, and after them nothing or, if failed
// is true, a zero value with an error, which it returns.
func checkPrefix(t *testing.T, all []streamResult, n int, failed bool) error {
	t.Helper()
	for i, p := range all[:min(n, len(all))] {
		if p.value != valueOf(i) || p.err != nil {
			t.Fatalf("result %d is %v, %v", i, p.value, p.err)
		}
	}
	if !failed {
		if len(all) != n {
			t.Fatalf("%d results, want %d: %v", len(all), n, all)
		}
		return nil
	}
	if len(all) != n+1 || all[n].value != 0 || all[n].err == nil {
		t.Fatalf("%d results, want %d and then an error with a zero value: %v", len(all), n, all[min(n, len(all)):])
	}
	return all[n].err
}

// TestStreamOrder has chunks finish in any order.
func TestStreamOrder(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		for _, size := range []int{1, 2, 7, 1000} {
			e := newStreamExecutor(nil, core.WithWorkers(5), core.WithChunkSize(size))
			all := collectStream(t.form(t.Context(), e, countTo(100, nil), func(ctx context.Context, lo, hi int) ([]int, error) {
				time.Sleep(time.Duration(lo*7919%31) * time.Millisecond)
				return square(ctx, lo, hi)
			}))
			_ = checkPrefix(t.T, all, 100, false)
		}
	})
}

// TestStreamSource demands that the source is called once, and all it yields
// on that one call: an unguarded variable is enough for the race detector.
func TestStreamSource(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		calls, pulled, returned := 0, 0, false
		src := func(yield func(int, error) bool) {
			calls++
			for i := range 1000 {
				pulled++
				if !yield(i, nil) {
					t.Errorf("stopped at item %d", i)
				}
			}
			returned = true
		}
		_ = checkPrefix(t.T, collectStream(t.form(t.Context(), newStreamExecutor(nil), src, square)), 1000, false)
		if calls != 1 || pulled != 1000 || !returned {
			t.Errorf("the source was called %d times, pulled %d items, returned %v", calls, pulled, returned)
		}
	})
}

// TestStreamSourceFails ends the source in all ways after 10 items.
func TestStreamSourceFails(t *testing.T) {
	broken := func(end func()) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			countTo(10, nil)(yield)
			end()
		}
	}
	tests := map[string]struct {
		src     iter.Seq2[int, error]
		outcome core.Outcome
		is      error
	}{
		"error":               {countTo(10, errBoom), core.OutcomeError, errBoom},
		"panic with a text":   {broken(func() { panic("text") }), core.OutcomePanic, nil},
		"panic with an error": {broken(func() { panic(errBoom) }), core.OutcomePanic, errBoom},
		"goexit":              {broken(runtime.Goexit), core.OutcomePanic, core.ErrGoexit},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			eachStreamForm(t, func(t streamTest) {
				for _, opts := range [][]core.Option{nil, {core.WithContinueOnError()}} {
					rec := hooktest.NewRecorder()
					all := collectStream(t.form(t.Context(), newStreamExecutor(rec, opts...), tt.src, square))
					err := checkPrefix(t.T, all, 10, true)
					run, end := mustRunError(t.T, err), onlyOne[core.RunEnd](t.T, rec)
					var panicked *core.PanicError
					switch {
					case run.Outcome != tt.outcome || end.Outcome != tt.outcome || end.Err != err:
						t.Errorf("outcome %v, at the run's end %v, want %v", run.Outcome, end.Outcome, tt.outcome)
					case run.ItemsDone != 10 || run.ItemsFailed != 0 || len(run.Errors) != 1:
						t.Errorf("%d done, %d failed, %v", run.ItemsDone, run.ItemsFailed, run.Errors)
					case tt.is != nil && !errors.Is(err, tt.is):
						t.Errorf("the error is %v", err)
					case tt.is == nil && (!errors.As(err, &panicked) || panicked.Value != "text"):
						t.Errorf("the error is %v, with %v", err, panicked)
					}
				}
			})
		})
	}
}

// TestStreamFailsFast yields what is before the item that fails, and then one error.
func TestStreamFailsFast(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		const bad = 41
		e := newStreamExecutor(nil, core.WithChunkSize(1))
		all := collectStream(t.form(t.Context(), e, countTo(100, nil), func(ctx context.Context, lo, hi int) ([]int, error) {
			if lo == bad {
				time.Sleep(time.Millisecond) // until those before are through
				return nil, errBoom
			}
			return square(ctx, lo, hi)
		}))
		run := mustRunError(t.T, checkPrefix(t.T, all, bad, true))
		if run.ItemsFailed != 1 || !errors.Is(run, errBoom) || run.Outcome != core.OutcomeError || errors.Is(run, context.Canceled) {
			t.Errorf("%#v", run)
		}
	})
}

// TestStreamGoesOn has every tenth unit fail, in its place.
func TestStreamGoesOn(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		rec := hooktest.NewRecorder()
		e := newStreamExecutor(rec, core.WithContinueOnError())
		next, failed := 0, 0
		for v, err := range t.form(t.Context(), e, countTo(200, nil), func(ctx context.Context, lo, hi int) ([]int, error) {
			if lo%10 == 0 {
				return nil, errBoom
			}
			return square(ctx, lo, hi)
		}) {
			switch {
			case err == nil && v == valueOf(next):
				next++
				continue
			case err == nil || v != 0 || !errors.Is(err, errBoom) || next%10 != 0:
				t.Fatalf("result %d is %d, %v", next, v, err)
			}
			part := failedRange(err)
			if part.lo != next {
				t.Fatalf("the error %v stands at %d", err, next)
			}
			failed += part.hi - part.lo
			next = part.hi
		}
		end := onlyOne[core.RunEnd](t.T, rec)
		if next != 200 || end.ItemsFailed != failed || failed == 0 || end.Outcome != core.OutcomeError || !errors.Is(end.Err, errBoom) {
			t.Errorf("%d results, %d failed; the run's end: %+v", next, failed, end)
		}
	})
}

// strFirst calls f in the loop and returns from there.
func leaveAtFirst(seq iter.Seq2[int, error], f func()) error {
	for _, err := range seq {
		f()
		return err
	}
	return errBoom
}

// TestStreamLoopEnds leaves the loop over a stream in all ways, while a unit
// waits for its context.
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
					time.Sleep(time.Second) // goes on for a while
					interrupted.Add(1)
					return nil, ctx.Err()
				}))
				if running.Load() != 0 {
					t.Errorf("%d units still run", running.Load())
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

// TestStreamPartialChunk has a source that waits after each item until its
// result is out, far from a full chunk.
func TestStreamPartialChunk(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		out := make(chan struct{})
		src := func(yield func(int, error) bool) {
			for i := range 10 {
				if !yield(i, nil) {
					return
				}
				<-out
			}
		}
		next := 0
		for v, err := range t.form(t.Context(), newStreamExecutor(nil, core.WithChunkSize(100)), src, square) {
			if err != nil || v != valueOf(next) {
				t.Errorf("result %d is %d, %v", next, v, err)
			}
			next++
			out <- struct{}{}
		}
		if next != 10 {
			t.Errorf("%d results", next)
		}
	})
}

// streamAhead is how many items the source is pulled ahead of the loop, if two
// chunks a worker are fewer.
const streamAhead = 4096

// TestStreamBackpressure counts how far the source is pulled ahead of a loop
// that stands still.
func TestStreamBackpressure(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		const workers, size = 3, 5
		rec := hooktest.NewRecorder()
		pulled := 0
		src := func(yield func(int, error) bool) {
			for i := 0; yield(i, nil); i++ {
				pulled = i + 2 // the next one is about to be yielded
			}
		}
		e := newStreamExecutor(rec, core.WithWorkers(workers), core.WithChunkSize(size))
		results := 0
		for _, err := range t.form(t.Context(), e, src, square) {
			results++
			if err != nil || results%7 != 1 {
				continue
			}
			synctest.Wait()
			yielded, chunks, items := 0, 0, 0
			for _, c := range hooktest.Of[core.ChunkEnd](rec) {
				if c.Offset+c.Items < results {
					yielded++
				}
				chunks++
				items += c.Items
			}
			if chunks-yielded < 2*workers || pulled != items+1 || items > results+streamAhead {
				t.Errorf("at result %d: %d chunks, %d of them yielded, %d items in them, %d pulled", results, chunks, yielded, items, pulled)
			}
			if results > 100 {
				break
			}
		}
	})
}

// TestStreamTwice ranges over one stream twice.
func TestStreamTwice(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		rec := hooktest.NewRecorder()
		seq := t.form(t.Context(), newStreamExecutor(rec), countTo(20, nil), square)
		for range 2 {
			_ = checkPrefix(t.T, collectStream(seq), 20, false)
		}
		starts := hooktest.Of[core.RunStart](rec)
		if len(starts) != 2 || starts[0].RunID == starts[1].RunID {
			t.Errorf("runs: %+v", starts)
		}
		checkPairs(t.T, rec, 3)
	})
}

// TestStreamBeforeAndAfterShutdown makes a stream before, and ranges over it after.
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

// strUntil waits for the end of ctx or, so that a test that fails does not hang, for long.
func waitUntilDone(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Hour):
	}
}

// TestStreamCanceled ends the context after 10 items, one second into the
// run, while somebody waits.
func TestStreamCanceled(t *testing.T) {
	type scene struct {
		src  func(ctx context.Context) iter.Seq2[int, error]
		unit processFunc
		body func(i int) // of the loop
		want int         // results, -1 for as many as there are
	}
	endless := func(context.Context) iter.Seq2[int, error] { return countTo(1<<40, nil) }
	waits := func(last func(ctx context.Context, yield func(int, error) bool)) func(context.Context) iter.Seq2[int, error] {
		return func(ctx context.Context) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				countTo(10, nil)(yield)
				waitUntilDone(ctx)
				last(ctx, yield)
			}
		}
	}
	scenes := map[string]scene{
		"the source waits and says so":         {src: waits(func(ctx context.Context, yield func(int, error) bool) { yield(0, ctx.Err()) }), want: 10},
		"the source waits and tells the cause": {src: waits(func(ctx context.Context, yield func(int, error) bool) { yield(0, context.Cause(ctx)) }), want: 10},
		"the source waits and goes on": {src: waits(func(_ context.Context, yield func(int, error) bool) {
			for i := 10; yield(i, nil); i++ { // until it is told
				runtime.Gosched()
			}
		}), want: -1},
		"the source waits and returns": {src: waits(func(context.Context, func(int, error) bool) {}), want: 10},
		"units wait": {src: endless, want: 10, unit: func(ctx context.Context, lo, hi int) ([]int, error) {
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
	for name, sc := range scenes {
		t.Run(name, func(t *testing.T) {
			eachStreamForm(t, func(t streamTest) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(errStop) })
				begin, rec := time.Now(), hooktest.NewRecorder()
				unit := square
				if sc.unit != nil {
					unit = sc.unit
				}
				var all []streamResult
				for v, err := range t.form(ctx, newStreamExecutor(rec, core.WithChunkSize(1)), sc.src(ctx), unit) {
					if sc.body != nil {
						sc.body(len(all))
					}
					all = append(all, streamResult{v, err})
				}
				want := sc.want
				if want < 0 {
					want = len(all) - 1
				}
				err := checkPrefix(t.T, all, want, true)
				if !errors.Is(err, context.Canceled) || !errors.Is(err, errStop) || mustRunError(t.T, err).Outcome != core.OutcomeCanceled {
					t.Errorf("the error is %v", err)
				}
				if length := time.Since(begin); length != time.Second && sc.body == nil {
					t.Errorf("the run took %v", length)
				}
				checkPairs(t.T, rec, 3)
			})
		})
	}
}

// TestStreamMemory compares the heap at two places of one long run: nothing
// may add up. CHUNKSCOPE_STREAM_ITEMS sets how long.
func TestStreamMemory(t *testing.T) {
	const warm = 100_000
	n := int(envSetting(t, "CHUNKSCOPE_STREAM_ITEMS", 1_000_000))
	for name, opts := range map[string][]core.Option{"Stream": nil, "StreamChunks": {core.WithChunkSize(256)}} {
		t.Run(name, func(t *testing.T) {
			e := core.NewExecutor(append(opts, core.WithWorkers(4))...)
			unit := func(_ context.Context, lo, hi int) ([]int, error) { return make([]int, hi-lo), nil }
			var warmed, last uint64
			results := 0
			for _, err := range streamForms[name](t.Context(), e, countTo(n, nil), unit) {
				if err != nil {
					t.Fatal(err)
				}
				switch results++; results {
				case warm:
					warmed = heapInUse()
				case n: // what the run holds is let go after this
					last = heapInUse()
				}
			}
			t.Logf("%d bytes of the heap in use after %d items, %d after %d", warmed, warm, last, n)
			if results != n || last > warmed+1<<20 {
				t.Errorf("%d results, and the heap grew from %d to %d bytes", results, warmed, last)
			}
		})
	}
}

// strHeap returns how much of the heap is in use.
func heapInUse() uint64 {
	var now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&now)
	return now.HeapInuse
}

// TestStreamChunksKeepsSlices has a function that keeps what it is given, and
// what it returned.
func TestStreamChunksKeepsSlices(t *testing.T) {
	const n = 10_000
	var mu sync.Mutex
	var in, out [][]int
	seq := core.StreamChunks(t.Context(), newStreamExecutor(nil, core.WithChunkSize(16)), countTo(n, nil), func(_ context.Context, items []int) ([]int, error) {
		mu.Lock()
		defer mu.Unlock()
		results := slices.Clone(items)
		in, out = append(in, items), append(out, results)
		return results, nil
	})
	if all := collectStream(seq); len(all) != n {
		t.Errorf("%d results", len(all))
	}
	for _, kept := range [][][]int{in, out} {
		slices.SortFunc(kept, slices.Compare)
		if all := slices.Concat(kept...); !slices.Equal(all, indexes(n)) {
			t.Errorf("of %d items kept in slices, %d are left", n, len(slices.Compact(all)))
		}
	}
	for _, kept := range in {
		if cap(kept) > len(kept) {
			t.Fatalf("a slice of %d items has room for %d: an append writes where others read", len(kept), cap(kept))
		}
	}
}

func TestFromSeq(t *testing.T) {
	src := core.FromSeq(slices.Values([]string{"a", "b", "c"}))
	for _, want := range []int{3, 2, 0} { // again and again, and not to the end
		var got []string
		for v, err := range src {
			if err != nil {
				t.Error(err)
			}
			if len(got) == want {
				break
			}
			got = append(got, v)
		}
		if !slices.Equal(got, []string{"a", "b", "c"}[:want]) {
			t.Errorf("got %q", got)
		}
	}
}

// TestStreamPanics wants mistakes to be seen at the call, not in the loop.
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
