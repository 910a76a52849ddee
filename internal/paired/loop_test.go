package paired

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func square(_ context.Context, n int) (string, error) { return fmt.Sprint(n * n), nil }

func TestLoopIsOrderedAndComplete(t *testing.T) {
	for _, total := range []int{0, 1, 2, 63, 64, 65, 1000} {
		items := numbers(total)
		want, err := Sequential(t.Context(), items, square)
		if err != nil || len(want) != total {
			t.Fatalf("sequential: %d results, error %v", len(want), err)
		}
		for i, s := range want {
			if s != fmt.Sprint(i*i) {
				t.Fatalf("sequential: result %d is %s", i, s)
			}
		}
		for _, workers := range []int{-1, 0, 1, 2, 8} {
			for _, chunk := range []int{-1, 0, 1, 7, 64, 1024, int(^uint(0) >> 1)} {
				var calls atomic.Int64
				got, err := Loop(t.Context(), workers, chunk, items, func(ctx context.Context, n int) (string, error) {
					calls.Add(1)
					return square(ctx, n)
				})
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%d items, %d workers, chunk %d: wrong results, error %v", total, workers, chunk, err)
				}
				if int(calls.Load()) != total {
					t.Errorf("%d items, %d workers, chunk %d: %d calls", total, workers, chunk, calls.Load())
				}
			}
		}
	}
}

// TestLoopUsesAllWorkers lets each call wait until as many calls have started
// as there are workers. With fewer goroutines, all of them would wait forever.
func TestLoopUsesAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 4
		var begun atomic.Int64
		all := make(chan struct{})
		_, err := Loop(t.Context(), workers, 1, numbers(workers), func(context.Context, int) (int, error) {
			if begun.Add(1) == workers {
				close(all)
			}
			<-all
			return 0, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestLoopStopsAtAnError(t *testing.T) {
	bad := errors.New("bad item")
	for _, chunk := range []int{1, 3, 100} {
		var calls int // one worker, no lock
		got, err := Loop(t.Context(), 1, chunk, numbers(50), func(_ context.Context, n int) (int, error) {
			calls++
			if n == 10 {
				return 0, bad
			}
			return n, nil
		})
		if err != bad || got != nil {
			t.Errorf("chunk %d: %d results, error %v", chunk, len(got), err)
		}
		if calls != 11 {
			t.Errorf("chunk %d: %d calls, want 11", chunk, calls)
		}
	}
}

// TestLoopErrorStopsOtherWorkers holds the second worker in its item until the
// first worker has failed. The second must not claim another chunk.
func TestLoopErrorStopsOtherWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("bad item")
		var calls atomic.Int64
		otherBegun, failed := make(chan struct{}), make(chan struct{})
		go func() {
			<-otherBegun
			synctest.Wait() // the failing worker has returned, all others wait
			close(failed)
		}()
		_, err := Loop(t.Context(), 2, 1, numbers(100), func(_ context.Context, n int) (int, error) {
			calls.Add(1)
			if n == 0 {
				<-otherBegun
				return 0, bad
			}
			if n == 1 {
				close(otherBegun)
			}
			<-failed
			return n, nil
		})
		if err != bad {
			t.Errorf("error %v", err)
		}
		if calls.Load() != 2 {
			t.Errorf("%d calls, want 2", calls.Load())
		}
	})
}

func TestLoopStopsWhenCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0 // one worker, no lock
		got, err := Loop(ctx, 1, 1, numbers(50), func(_ context.Context, n int) (int, error) {
			calls++
			if n == 2 {
				cancel()
				synctest.Wait() // until the loop has noticed
			}
			return n, nil
		})
		if !errors.Is(err, context.Canceled) || got != nil {
			t.Errorf("%d results, error %v", len(got), err)
		}
		if calls != 3 {
			t.Errorf("%d calls, want 3", calls)
		}
		calls = 0
		if _, err := Loop(ctx, 2, 1, numbers(50), func(context.Context, int) (int, error) { calls++; return 0, nil }); !errors.Is(err, context.Canceled) || calls != 0 {
			t.Errorf("cancelled before: %d calls, error %v", calls, err)
		}
	})
}

func TestSequentialStopsAtAnError(t *testing.T) {
	bad := errors.New("bad item")
	calls := 0
	got, err := Sequential(t.Context(), numbers(50), func(_ context.Context, n int) (int, error) {
		calls++
		if n == 10 {
			return 0, bad
		}
		return n, nil
	})
	if err != bad || got != nil || calls != 11 {
		t.Errorf("%d results, %d calls, error %v", len(got), calls, err)
	}
}
