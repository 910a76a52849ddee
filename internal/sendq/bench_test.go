package sendq_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/internal/paired"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// BenchmarkPut compares the queue with a buffered channel whose sends do not
// wait either. A Put adds one value and a Take takes many. No value is dropped,
// as that would be cheaper.
func BenchmarkPut(b *testing.B) {
	for _, producers := range []int{1, 2} {
		b.Run(fmt.Sprintf("producers=%d", producers), func(b *testing.B) { benchmarkPut(b, producers) })
	}
}

func benchmarkPut(b *testing.B, producers int) {
	const capacity, rounds = 4096, 100
	produce := func(put func(value)) {
		var running sync.WaitGroup
		for range producers {
			running.Go(func() {
				for i := range capacity / producers {
					put(value{n: i})
				}
			})
		}
		running.Wait()
	}
	channel := make(chan value, capacity)
	send := func(v value) {
		select {
		case channel <- v:
		default:
			b.Error("the channel is full")
		}
	}
	q := sendq.New(capacity, 1, func(ctx context.Context, _ *sendq.Queue[value]) { <-ctx.Done() })
	defer func() { _ = q.Close(closing.Done()) }()
	put := func(v value) {
		if !q.Put(0, v) {
			b.Error("the queue is full")
		}
	}
	buf := make([]value, 0, capacity)

	paired.Compare(b, paired.Options{Gate: producers > 1},
		paired.Variant{Name: "channel", Run: func() {
			for range rounds {
				produce(send)
				for range capacity {
					<-channel
				}
			}
		}},
		paired.Variant{Name: "queue", Bar: 1, Run: func() {
			for range rounds {
				produce(put)
				taken, _ := q.Take(context.Background(), capacity, buf)
				q.Delivered(0, len(taken))
			}
		}})
}
