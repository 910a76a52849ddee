package sendq_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

func TestFlushWaitsForEarlierValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		settle := make(chan struct{})
		q := sendq.New(8, 1, func(ctx context.Context, q *sendq.Queue[int]) {
			for _, ok := q.Next(ctx); ok; _, ok = q.Next(ctx) {
				<-settle
				q.Dropped(0, 1, "refused")
			}
		})
		q.Put(0, 1)
		q.Put(0, 2)
		synctest.Wait() // the first is in flight
		flushed := make(chan error, 1)
		go func() { flushed <- q.Flush(context.Background()) }()
		synctest.Wait()
		q.Put(0, 3) // Flush does not wait for it
		for range 2 {
			select {
			case err := <-flushed:
				t.Fatalf("Flush returned too soon: %v", err)
			default:
			}
			settle <- struct{}{}
			synctest.Wait()
		}
		if err := <-flushed; err != nil {
			t.Error(err)
		}
		if s := q.Stats(); s.Pending != 1 || s.Dropped["refused"] != 2 {
			t.Errorf("stats %+v", s)
		}
		short, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := q.Flush(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Flush of a stuck queue returned %v", err)
		}
		close(settle)
		if err := q.Close(context.Background()); err == nil {
			t.Error("Close did not report the three dropped values")
		}
	})
}

// TestFlushWaitsForARoundOfTheConsumer has a consumer that adds values of its
// own, and that waits for many values before it takes any.
func TestFlushWaitsForARoundOfTheConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rounds, sent := 0, 0
		q := sendq.New(8, 1, func(ctx context.Context, q *sendq.Queue[int]) {
			buf := make([]int, 0, 2)
			for {
				values, open := q.Take(ctx, 8, buf)
				rounds++
				sent += len(values)
				q.Add(0, 1)
				q.Delivered(0, len(values)+1)
				if !open {
					return
				}
			}
		})
		q.Start()
		synctest.Wait()
		if rounds != 0 {
			t.Fatal("the consumer did not wait")
		}
		if err := q.Flush(context.Background()); err != nil || rounds != 1 {
			t.Errorf("the consumer had %d rounds, error %v", rounds, err)
		}
		for i := range 5 {
			q.Put(0, i)
		}
		if err := q.Flush(context.Background()); err != nil || sent != 5 {
			t.Errorf("Flush sent %d of 5, error %v", sent, err)
		}
		if err := q.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if s := q.Stats(); s.Produced != uint64(sent+rounds) || s.Delivered != s.Produced {
			t.Errorf("stats %+v, %d sent in %d rounds", s, sent, rounds)
		}
	})
}

// TestFlushWaitsForAddedValues has a consumer that settles them much later.
func TestFlushWaitsForAddedValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		settle := make(chan struct{})
		q := sendq.New(8, 1, func(ctx context.Context, q *sendq.Queue[int]) {
			q.Take(ctx, 1, make([]int, 0, 1))
			q.Delivered(0, 1)
			q.Add(0, 1)
			q.Take(ctx, 8, nil)            // returns when Flush waits
			q.Take(closing.Done(), 8, nil) // completes the round
			<-settle
			q.Delivered(0, 1)
			<-ctx.Done()
		})
		q.Put(0, 1)
		synctest.Wait()
		flushed := make(chan error, 1)
		go func() { flushed <- q.Flush(context.Background()) }()
		synctest.Wait()
		select {
		case err := <-flushed:
			t.Fatalf("Flush did not wait, error %v", err)
		default:
		}
		settle <- struct{}{}
		if err := <-flushed; err != nil {
			t.Error(err)
		}
		if err := q.Close(closing.Done()); err != nil {
			t.Error(err)
		}
	})
}

// TestFlushEndsWithClose has a consumer that never settles its value.
func TestFlushEndsWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := sendq.New(8, 1, stuckConsumer)
		q.Put(0, 1)
		synctest.Wait()
		flushed := make(chan error)
		go func() { flushed <- q.Flush(context.Background()) }()
		synctest.Wait()
		if err := q.Close(closing.Done()); err == nil {
			t.Error("Close reported no loss")
		}
		if err := <-flushed; err != nil {
			t.Error(err)
		}
		if err := q.Flush(context.Background()); err != nil {
			t.Errorf("Flush after Close: %v", err)
		}
	})
}
