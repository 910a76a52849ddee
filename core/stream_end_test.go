package core_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// waitingSource yields three items and then waits until its context ends.
func waitingSource(ctx context.Context, ended *time.Time) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		defer func() { *ended = time.Now() }()
		for i := range 3 {
			if !yield(i, nil) {
				return
			}
		}
		<-ctx.Done()
		yield(0, ctx.Err())
	}
}

// TestStreamEndsWhileTheSourceWaits has a run end while its source waits for an item
// that never comes. The loop gets the error, and hooks the run's end, at that moment.
func TestStreamEndsWhileTheSourceWaits(t *testing.T) {
	const ends = time.Minute // when item 2 does
	sleep := func(ctx context.Context, i int) error {
		if i != 2 {
			return nil
		}
		select {
		case <-time.After(ends):
		case <-ctx.Done():
			return ctx.Err()
		}
		return nil
	}
	for name, c := range map[string]struct {
		last    func() error // of item 2, after a minute
		cancel  bool         // the caller's context, after half a minute
		leave   bool         // the loop at item 1
		at      time.Duration
		outcome core.Outcome
		wraps   error
		opts    []core.Option
	}{
		"failure":              {last: func() error { return errBoom }, at: ends, outcome: core.OutcomeError, wraps: errBoom},
		"panic":                {last: func() error { panic(errBoom) }, at: ends, outcome: core.OutcomePanic, wraps: errBoom},
		"cancellation":         {cancel: true, at: ends / 2, outcome: core.OutcomeCanceled, wraps: errStop},
		"end of the loop":      {leave: true, at: 0, outcome: core.OutcomeCanceled},
		"failure at one item":  {last: func() error { return errBoom }, at: ends, outcome: core.OutcomeError, wraps: errBoom, opts: []core.Option{core.WithChunkSize(1)}},
		"failure in a chunk":   {last: func() error { return errBoom }, at: ends, outcome: core.OutcomeError, wraps: errBoom, opts: []core.Option{core.WithChunkSize(3)}},
		"failure of a hundred": {last: func() error { return errBoom }, at: ends + time.Second, outcome: core.OutcomeError, wraps: errBoom, opts: []core.Option{core.WithChunkSize(100), core.WithLinger(time.Second)}},
	} {
		for _, own := range []bool{false, true} { // the source ends with the run
			t.Run(name+map[bool]string{false: ", Stream", true: ", StreamFrom"}[own], func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					began := time.Now()
					parent, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					sourceCtx, release := context.WithCancel(context.Background())
					defer release()
					time.AfterFunc(time.Hour, release)
					if c.cancel {
						time.AfterFunc(c.at, func() { cancel(errStop) })
					}
					var end core.RunEnd
					e := core.NewExecutor(append(c.opts, core.WithWorkers(2))...)
					e.Register(core.OnRunEnd(func(r core.RunEnd) { end = r }))
					var sourceEnded time.Time
					fn := func(ctx context.Context, i int) (int, error) {
						if err := sleep(ctx, i); err != nil {
							return 0, err
						}
						if i == 2 {
							return 0, c.last()
						}
						return i, nil
					}
					results := core.Stream(parent, e, waitingSource(sourceCtx, &sourceEnded), fn)
					if own {
						results = core.StreamFrom(parent, e, func(ctx context.Context) iter.Seq2[int, error] { return waitingSource(ctx, &sourceEnded) }, fn)
					}
					seen := 0
					for _, err := range results {
						if err == nil {
							if seen++; c.leave && seen == 2 {
								break
							}
							continue
						}
						if took := time.Since(began); took != c.at || !errors.Is(err, c.wraps) {
							t.Errorf("the loop got %v after %v, want %v after %v", err, took, c.wraps, c.at)
						}
						if end.Outcome != c.outcome || !end.Ended.Equal(began.Add(c.at)) {
							t.Errorf("by then the run's end was %v at %v", end.Outcome, end.Ended.Sub(began))
						}
					}
					if sourceEnded.IsZero() {
						t.Error("the range returned before the source")
					}
					if took := sourceEnded.Sub(began); own && took != c.at || !own && !c.leave && took != time.Hour {
						t.Errorf("the source ended after %v", took)
					}
					if end.Outcome != c.outcome {
						t.Errorf("outcome %v, want %v", end.Outcome, c.outcome)
					}
				})
			})
		}
	}
}

// TestFromChan ranges over a channel until it is closed, and until the loop ends.
func TestFromChan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		double := func(_ context.Context, in []int) ([]int, error) {
			out := make([]int, len(in))
			for i, v := range in {
				out[i] = 2 * v
			}
			return out, nil
		}
		for _, closed := range []bool{true, false} {
			c := make(chan int, 10)
			for i := range 10 {
				c <- i
			}
			if closed {
				close(c)
			}
			sum, n := 0, 0
			for v, err := range core.StreamChunksFrom(t.Context(), core.NewExecutor(core.WithChunkSize(4), core.WithLinger(time.Second)), core.FromChan(c), double) {
				if err != nil {
					t.Error(err)
				}
				sum += v
				if n++; n == 10 && !closed {
					break // else the range would wait for the channel
				}
			}
			if sum != 90 {
				t.Errorf("closed %v: the sum is %d", closed, sum)
			}
		}
	})
}

// TestStreamFromIsRepeatable calls the source anew for each range, and survives one
// that panics.
func TestStreamFromIsRepeatable(t *testing.T) {
	calls := 0
	results := core.StreamFrom(t.Context(), core.NewExecutor(), func(ctx context.Context) iter.Seq2[int, error] {
		if _, ok := core.RunFrom(ctx); !ok {
			t.Error("the source's context belongs to no run")
		}
		if calls++; calls == 3 {
			panic(errBoom)
		}
		return core.FromSeq(func(yield func(int) bool) { yield(calls) })
	}, func(_ context.Context, i int) (int, error) { return i, nil })
	for want := 1; want <= 2; want++ {
		for v, err := range results {
			if v != want || err != nil {
				t.Errorf("got %d, %v", v, err)
			}
		}
	}
	for _, err := range results {
		if !errors.Is(err, errBoom) || mustRunError(t, err).Outcome != core.OutcomePanic {
			t.Errorf("a source that panics gives %v", err)
		}
	}
}
