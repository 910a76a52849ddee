package sendq_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// recordingConsumer delivers every value and records it. In a queue of two
// classes, odd values belong to the second.
type recordingConsumer struct {
	classes   int
	mu        sync.Mutex
	delivered []int
}

func (r *recordingConsumer) consume(ctx context.Context, q *sendq.Queue[int]) {
	for v, ok := q.Next(ctx); ok; v, ok = q.Next(ctx) {
		r.mu.Lock()
		r.delivered = append(r.delivered, v)
		r.mu.Unlock()
		q.Delivered(v%max(1, r.classes), 1)
	}
}

// stuckConsumer takes one value and then waits for the end of its context.
func stuckConsumer(ctx context.Context, q *sendq.Queue[int]) {
	q.Next(ctx)
	<-ctx.Done()
}

func TestOrderIsKept(t *testing.T) {
	consumer := recordingConsumer{classes: 2}
	q := sendq.New(100, consumer.classes, consumer.consume)
	for i := range 100 {
		if !q.Put(i%2, i) {
			t.Fatal("Put refused a value, but the queue was not full")
		}
	}
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, v := range consumer.delivered {
		if i != v {
			t.Fatalf("value %d was delivered as number %d", v, i)
		}
	}
	if s := q.Stats(); s.Delivered != 100 || s.Pending != 0 {
		t.Errorf("stats %+v", s)
	}
}

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

// TestConcurrent runs producers, a Flush, readers of the stats and a Close at
// the same time. Every value is accounted for at every instant.
func TestConcurrent(t *testing.T) {
	for seed := range uint64(60) {
		const producers, each = 4, 200
		limit := []int{1, 7, 4096}[seed%3]
		rng := rand.New(rand.NewPCG(seed, 0))
		var last [producers]int // a producer's values keep their order
		q := sendq.New(limit, 3, func(ctx context.Context, q *sendq.Queue[value]) {
			buf := make([]value, 0, 1+rng.IntN(300))
			for {
				values, open := q.Take(ctx, 1+rng.IntN(5), buf)
				for _, v := range values {
					if v.n <= last[v.key] {
						t.Errorf("seed %d: value %d of producer %d came after %d", seed, v.n, v.key, last[v.key])
					}
					last[v.key] = v.n
					if rng.IntN(4) == 0 {
						q.Failed()
						q.Dropped(v.class, 1, "send_error")
					} else {
						q.Delivered(v.class, 1)
					}
				}
				if !open {
					return
				}
			}
		})
		var running sync.WaitGroup
		for p := range producers {
			running.Go(func() {
				for i := range each {
					v := value{class: (i * 7) % 3, key: p, n: i + 1}
					if i%10 == 0 {
						q.PutLatest(v.class, v, func(w value) bool { return w.key == p })
					} else {
						q.Put(v.class, v)
					}
				}
			})
		}
		running.Go(func() {
			for range 50 {
				checkBalance(t, q.Stats())
			}
		})
		running.Go(func() { _ = q.Flush(t.Context()) })
		if seed%2 == 0 {
			running.Go(func() { _ = q.Close(t.Context()) })
		}
		running.Wait()
		_ = q.Close(t.Context())
		s := q.Stats()
		checkBalance(t, s)
		if s.Produced != producers*each || s.Pending != 0 {
			t.Errorf("seed %d: stats %+v", seed, s)
		}
	}
}

// TestStartStop creates, uses and closes queues in any order from many
// goroutines. TestMain checks that no goroutine is left.
func TestStartStop(t *testing.T) {
	var running sync.WaitGroup
	for g := range 8 {
		running.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 1))
			for range 1000 {
				var consumer recordingConsumer
				q := sendq.New(4, 1, consumer.consume)
				actions := []func(){
					func() { q.Put(0, 1) },
					func() { _ = q.Close(context.Background()) },
					func() { _ = q.Flush(context.Background()) },
					func() { q.Start() },
				}
				rng.Shuffle(len(actions), func(i, j int) { actions[i], actions[j] = actions[j], actions[i] })
				for _, action := range actions {
					action()
				}
				if s := q.Stats(); s.Pending != 0 || s.Produced != 1 {
					t.Errorf("stats %+v", s)
				}
			}
		})
	}
	running.Wait()
}

// TestLeakIsSeen checks that TestMain would find the goroutine of a queue that
// is not closed.
func TestLeakIsSeen(t *testing.T) {
	var consumer recordingConsumer
	q := sendq.New(4, 1, consumer.consume)
	q.Put(0, 1)
	if err := q.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := goleak.Find(goleak.IgnoreCurrent()); err != nil {
		t.Fatalf("a goroutine leaked before the test: %v", err)
	}
	if err := goleak.Find(); err == nil {
		t.Error("the goroutine of an open queue was not found")
	}
	if err := q.Close(t.Context()); err != nil {
		t.Error(err)
	}
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

// TestTakeMany takes more values than Take does under one lock.
func TestTakeMany(t *testing.T) {
	const many = 1000
	q := sendq.New(many, 1, func(ctx context.Context, _ *sendq.Queue[int]) { <-ctx.Done() })
	for i := range many {
		q.Put(0, i)
	}
	taken, open := q.Take(t.Context(), 1, make([]int, 0, many))
	if len(taken) != many || !open || taken[0] != 0 || taken[many-1] != many-1 {
		t.Errorf("took %d, open %v", len(taken), open)
	}
	q.Delivered(0, many)
	if err := q.Close(closing.Done()); err != nil {
		t.Error(err)
	}
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

func TestPutAllocatesNothing(t *testing.T) {
	q := sendq.New(1024, 2, func(ctx context.Context, _ *sendq.Queue[value]) { <-ctx.Done() })
	defer func() { _ = q.Close(closing.Done()) }()
	buf := make([]value, 0, 1)
	if allocs := testing.AllocsPerRun(5000, func() { q.Put(0, value{}); q.Put(1, value{class: 1}) }); allocs != 0 {
		t.Errorf("Put allocates %v times", allocs)
	}
	if allocs := testing.AllocsPerRun(500, func() {
		q.Put(1, value{class: 1})
		buf, _ := q.Take(context.Background(), 1, buf)
		q.Delivered(buf[0].class, 1)
	}); allocs != 0 {
		t.Errorf("a value in and out allocates %v times", allocs)
	}
}

func TestNewPanicsOnInvalidSizes(t *testing.T) {
	for _, c := range [][2]int{{0, 1}, {1, 0}, {-1, 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("New(%d, %d) did not panic", c[0], c[1])
				}
			}()
			sendq.New[int](c[0], c[1], nil)
		}()
	}
}

func ExampleQueue() {
	q := sendq.New(2, 2, func(ctx context.Context, q *sendq.Queue[string]) {
		for v, ok := q.Next(ctx); ok; v, ok = q.Next(ctx) {
			fmt.Println("sent", v)
			q.Delivered(1, 1)
		}
	})
	q.Put(1, "start")
	_ = q.Flush(context.Background())
	q.Put(1, "end")
	fmt.Println("lost", q.Close(context.Background()))
	// Output:
	// sent start
	// sent end
	// lost <nil>
}
