package sendq_test

import (
	"context"
	"testing"

	"github.com/chunkscope/chunkscope/internal/paired"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// BenchmarkPut compares a Put with a send to a buffered channel that does not
// wait either, each with a consumer that takes and counts.
func BenchmarkPut(b *testing.B) {
	const capacity, batch, values = 4096, 1024, 200_000
	send := func() {
		c, done := make(chan value, capacity), make(chan struct{})
		go func() {
			defer close(done)
			for range c {
			}
		}()
		for i := range values {
			select {
			case c <- value{n: i}:
			default:
			}
		}
		close(c)
		<-done
	}
	put := func() {
		q := sendq.New(capacity, 1, func(ctx context.Context, q *sendq.Queue[value]) {
			room := make([]value, 0, batch)
			for open := true; open; {
				var taken []value
				taken, open = q.Take(ctx, batch, room)
				q.Delivered(len(taken))
			}
		})
		for i := range values {
			q.Put(0, value{n: i})
		}
		_ = q.Close(context.Background())
	}
	paired.Compare(b, paired.Options{},
		paired.Variant{Name: "channel", Run: send},
		paired.Variant{Name: "queue", Run: put, Bar: 1})
}
