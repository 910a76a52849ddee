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

	"github.com/chunkscope/chunkscope/internal/sendq"
)

// deliver is a consumer that delivers everything and writes down what. In a
// queue of two classes, odd values are of the second.
type recordingConsumer struct {
	classes int
	mu      sync.Mutex
	delivered     []int
}

func (d *recordingConsumer) consume(ctx context.Context, q *sendq.Queue[int]) {
	for v, ok := q.Next(ctx); ok; v, ok = q.Next(ctx) {
		d.mu.Lock()
		d.delivered = append(d.delivered, v)
		d.mu.Unlock()
		q.Delivered(v%max(1, d.classes), 1)
	}
}

// stuck is a consumer that takes one value and then waits to be cancelled.
func stuckConsumer(ctx context.Context, q *sendq.Queue[int]) {
	q.Next(ctx)
	<-ctx.Done()
}

func TestOrderIsKept(t *testing.T) {
	d := recordingConsumer{classes: 2}
	q := sendq.New(100, d.classes, d.consume)
	for i := range 100 {
		if !q.Put(i%2, i) {
			t.Fatal("there was room")
		}
	}
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, v := range d.delivered {
		if i != v {
			t.Fatalf("value %d came at place %d", v, i)
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
		{"over already", func() (context.Context, context.CancelFunc) { return endedContext(), func() {} }, 0},
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
				began := time.Now()
				err := q.Close(ctx)
				if took := time.Since(began); took != c.took {
					t.Errorf("Close took %v, want %v", took, c.took)
				}
				if want := "4 of 4 lost: 1 queue_full, 3 shutdown"; err == nil || err.Error() != want {
					t.Errorf("Close said %v, want %s", err, want)
				}
				if s := q.Stats(); s.Pending != 0 || s.Produced != 4 || s.Dropped[sendq.Shutdown] != 3 {
					t.Errorf("stats %+v", s)
				}
				if q.Put(0, 9) || q.Stats().Dropped[sendq.Closed] != 1 {
					t.Error("a value was accepted after Close")
				}
			})
		})
	}
}

// TestConsumerThatIgnoresItsContext is left to itself after a moment, and what
// it settles after that changes nothing.
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
		began := time.Now()
		if err := q.Close(endedContext()); err == nil {
			t.Error("nothing was lost")
		}
		if took := time.Since(began); took != 100*time.Millisecond {
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
				t.Fatalf("Close said %v and %v", results[0], err)
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
		if err := q.Close(endedContext()); !errors.Is(err, context.Canceled) {
			t.Errorf("the later Close said %v", err)
		}
		if err := <-first; err == nil {
			t.Error("the first Close lost nothing")
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

func TestFlushWaitsForWhatWasPutBefore(t *testing.T) {
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
		q.Put(0, 3) // not waited for
		for range 2 {
			select {
			case err := <-flushed:
				t.Fatalf("Flush came back too soon: %v", err)
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
			t.Errorf("Flush of a stuck queue said %v", err)
		}
		close(settle)
		if err := q.Close(context.Background()); err == nil {
			t.Error("three were lost")
		}
	})
}

// TestFlushGivesTheConsumerATurn is for consumers that add values of their
// own, and wait for many before they take any.
func TestFlushGivesTheConsumerATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, sent := 0, 0
		q := sendq.New(8, 1, func(ctx context.Context, q *sendq.Queue[int]) {
			room := make([]int, 0, 2)
			for {
				values, open := q.Take(ctx, 8, room)
				turns++
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
		if turns != 0 {
			t.Fatal("the consumer did not wait")
		}
		if err := q.Flush(context.Background()); err != nil || turns != 1 {
			t.Errorf("Flush gave %d turns, error %v", turns, err)
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
		if s := q.Stats(); s.Produced != uint64(sent+turns) || s.Delivered != s.Produced {
			t.Errorf("stats %+v, %d sent in %d turns", s, sent, turns)
		}
	})
}

// TestConcurrent lets producers, flushes, readers of the stats and a Close at
// a random moment meet. The law holds at every instant.
func TestConcurrent(t *testing.T) {
	for seed := range uint64(60) {
		const producers, each = 4, 200
		limit := []int{1, 7, 4096}[seed%3]
		rng := rand.New(rand.NewPCG(seed, 0))
		var last [producers]int // a producer's values keep their order
		q := sendq.New(limit, 3, func(ctx context.Context, q *sendq.Queue[value]) {
			room := make([]value, 0, 1+rng.IntN(300))
			for {
				values, open := q.Take(ctx, 1+rng.IntN(5), room)
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

// TestStartStop makes, uses and closes queues in any order from many
// goroutines. TestMain sees to it that nothing is left.
func TestStartStop(t *testing.T) {
	var running sync.WaitGroup
	for g := range 8 {
		running.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 1))
			for range 1000 {
				var d recordingConsumer
				q := sendq.New(4, 1, d.consume)
				acts := []func(){
					func() { q.Put(0, 1) },
					func() { _ = q.Close(context.Background()) },
					func() { _ = q.Flush(context.Background()) },
					func() { q.Start() },
				}
				rng.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
				for _, act := range acts {
					act()
				}
				if s := q.Stats(); s.Pending != 0 || s.Produced != 1 {
					t.Errorf("stats %+v", s)
				}
			}
		})
	}
	running.Wait()
}

// TestLeakIsSeen is the negative control of TestMain: a queue that is not
// closed does leave its goroutine.
func TestLeakIsSeen(t *testing.T) {
	var d recordingConsumer
	q := sendq.New(4, 1, d.consume)
	q.Put(0, 1)
	if err := q.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := goleak.Find(goleak.IgnoreCurrent()); err != nil {
		t.Fatalf("a leak before there could be one: %v", err)
	}
	if err := goleak.Find(); err == nil {
		t.Error("the goroutine of an open queue was not seen")
	}
	if err := q.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestFlushWaitsForWhatTheConsumerAdds also when it settles that much later.
func TestFlushWaitsForWhatTheConsumerAdds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		settle := make(chan struct{})
		q := sendq.New(8, 1, func(ctx context.Context, q *sendq.Queue[int]) {
			q.Take(ctx, 1, make([]int, 0, 1))
			q.Delivered(0, 1)
			q.Add(0, 1)
			q.Take(ctx, 8, nil)        // until Flush wants a turn
			q.Take(endedContext(), 8, nil) // and that turn is over
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
		if err := q.Close(endedContext()); err != nil {
			t.Error(err)
		}
	})
}

// TestCloseWithFinishedContextTriesNothing hands nothing out any more, to a
// consumer that waits for more than there is.
func TestCloseWithFinishedContextTriesNothing(t *testing.T) {
	for range 300 {
		taken := 0
		q := sendq.New(8, 1, func(ctx context.Context, q *sendq.Queue[int]) {
			values, _ := q.Take(ctx, 8, make([]int, 0, 8))
			taken = len(values)
		})
		q.Put(0, 1)
		var lost *sendq.LostError
		if err := q.Close(endedContext()); !errors.As(err, &lost) || taken != 0 {
			t.Fatalf("%d taken, Close said %v", taken, err)
		}
	}
}

// TestTakeMany takes more at once than fits under one lock.
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
	if err := q.Close(endedContext()); err != nil {
		t.Error(err)
	}
}

// TestFlushEndsWithClose also when the consumer never gets to the end.
func TestFlushEndsWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := sendq.New(8, 1, stuckConsumer)
		q.Put(0, 1)
		synctest.Wait()
		flushed := make(chan error)
		go func() { flushed <- q.Flush(context.Background()) }()
		synctest.Wait()
		if err := q.Close(endedContext()); err == nil {
			t.Error("nothing was lost")
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
	defer func() { _ = q.Close(endedContext()) }()
	room := make([]value, 0, 1)
	if allocs := testing.AllocsPerRun(5000, func() { q.Put(0, value{}); q.Put(1, value{class: 1}) }); allocs != 0 {
		t.Errorf("Put allocates %v times", allocs)
	}
	if allocs := testing.AllocsPerRun(500, func() {
		q.Put(1, value{class: 1})
		room, _ := q.Take(context.Background(), 1, room)
		q.Delivered(room[0].class, 1)
	}); allocs != 0 {
		t.Errorf("a value in and out allocates %v times", allocs)
	}
}

func TestNewRefusesNonsense(t *testing.T) {
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
