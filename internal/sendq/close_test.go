package sendq_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

func TestCloseDrainsUntilItsContextEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		ctx  func() (context.Context, context.CancelFunc)
		took time.Duration
	}{
		{"8 s by default", func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) }, 8 * time.Second},
		{"deadline", func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), 3*time.Second)
		}, 3 * time.Second},
		{"already ended", func() (context.Context, context.CancelFunc) { return closing.Done(), func() {} }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := c.ctx()
				defer cancel()
				q := sendq.New(2, 1, stuckConsumer)
				for i := range 4 {
					q.Put(0, i)
					synctest.Wait()
				}
				start := time.Now()
				err := q.Close(ctx)
				if took := time.Since(start); took != c.took {
					t.Errorf("Close took %v, want %v", took, c.took)
				}
				if want := "4 of 4 lost: 1 queue_full, 3 shutdown"; err == nil || err.Error() != want {
					t.Errorf("Close returned %v, want %s", err, want)
				}
				if s := q.Stats(); s.Pending != 0 || s.Produced != 4 || s.Dropped[sendq.Shutdown] != 3 {
					t.Errorf("stats %+v", s)
				}
				if q.Put(0, 9) || q.Stats().Dropped[sendq.Closed] != 1 {
					t.Error("the queue accepted a value after Close")
				}
			})
		})
	}
}

// TestConsumerThatIgnoresItsContext checks that Close leaves such a consumer
// behind after a moment, and that what it settles later changes nothing.
func TestConsumerThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, returned := make(chan struct{}), make(chan struct{})
		q := sendq.New(8, 1, func(ctx context.Context, q *sendq.Queue[int]) {
			defer close(returned)
			q.Next(ctx)
			<-release
			q.Delivered(0, 1)
			q.Add(0, 2)
			q.Delivered(0, 2)
			if _, ok := q.Next(context.Background()); ok {
				t.Error("a closed queue had a value")
			}
		})
		q.Put(0, 1)
		q.Put(0, 2)
		start := time.Now()
		if err := q.Close(closing.Done()); err == nil {
			t.Error("Close reported no loss")
		}
		if took := time.Since(start); took != 100*time.Millisecond {
			t.Errorf("Close took %v", took)
		}
		close(release)
		<-returned
		if s := q.Stats(); s.Produced != 4 || s.Delivered != 0 || s.Dropped[sendq.Shutdown] != 4 || s.Pending != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestCloseTwiceAndAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := sendq.New(8, 1, stuckConsumer)
		q.Put(0, 1)
		var calls sync.WaitGroup
		results := make([]error, 100)
		for i := range results {
			calls.Go(func() { results[i] = q.Close(context.Background()) })
		}
		calls.Wait()
		results[0] = q.Close(context.Background())
		for _, err := range results {
			var lost *sendq.LostError
			if !errors.As(err, &lost) || err != results[0] {
				t.Fatalf("Close returned %v and %v", results[0], err)
			}
		}
	})
}

func TestLaterCloseWaitsAsLongAsItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := sendq.New(8, 1, stuckConsumer)
		q.Put(0, 1)
		first := make(chan error)
		go func() { first <- q.Close(context.Background()) }()
		synctest.Wait()
		if err := q.Close(closing.Done()); !errors.Is(err, context.Canceled) {
			t.Errorf("the later Close returned %v", err)
		}
		if err := <-first; err == nil {
			t.Error("the first Close reported no loss")
		}
	})
}

func TestNeverStarted(t *testing.T) {
	q := sendq.New(8, 1, func(context.Context, *sendq.Queue[int]) { t.Error("the consumer ran") })
	if err := q.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if err := q.Close(t.Context()); err != nil {
		t.Error(err)
	}
	q.Start()
	q.Put(0, 1)
	q.Refuse(0, 2)
	if s := q.Stats(); s.Produced != 3 || s.Dropped[sendq.Closed] != 3 {
		t.Errorf("stats %+v", s)
	}
}

// TestCloseWithEndedContextHandsOutNothing has a consumer that waits for more
// values than there are.
func TestCloseWithEndedContextHandsOutNothing(t *testing.T) {
	for range 300 {
		taken := 0
		q := sendq.New(8, 1, func(ctx context.Context, q *sendq.Queue[int]) {
			values, _ := q.Take(ctx, 8, make([]int, 0, 8))
			taken = len(values)
		})
		q.Put(0, 1)
		var lost *sendq.LostError
		if err := q.Close(closing.Done()); !errors.As(err, &lost) || taken != 0 {
			t.Fatalf("%d taken, Close returned %v", taken, err)
		}
	}
}
