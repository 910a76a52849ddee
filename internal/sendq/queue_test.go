package sendq_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

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
