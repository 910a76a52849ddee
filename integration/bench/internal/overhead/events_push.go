package overhead

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
)

// nullSender accepts and discards everything.
type nullSender struct{}

func (nullSender) Send(p []byte) (int, error) { return len(p), nil }
func (nullSender) Close() error               { return nil }

// statsdInstrumentations compare with a client that discards everything, which
// is the least cost; the hook sends over UDP. Chunks come faster than their
// lines can be formatted, so most timers of the hook find the queue full. The
// last two send everything.
func statsdInstrumentations(f *exporterset.Set) ([]instrumentation, error) {
	socket, err := statsd.NewSimpleSender(f.StatsdAddress)
	if err != nil {
		return nil, err
	}
	discarding, err := cactus("two buffered calls of cactus, to nobody", f, nullSender{})
	if err != nil {
		return nil, err
	}
	udp, err := cactus("two buffered calls of cactus, over UDP", f, socket)
	if err != nil {
		return nil, err
	}
	flush := func() { _ = f.Statsd.Flush(context.Background()) } // UDP does not report losses
	hook := withoutSetup("statsdhook, over UDP", func(e core.ChunkEnd) { f.Statsd.OnChunkEnd(context.Background(), e) })
	all := withoutSetup("statsdhook, over UDP, nothing dropped", func(e core.ChunkEnd) {
		f.Statsd.OnChunkEnd(context.Background(), e)
		if e.Chunk%1000 == 999 {
			flush()
		}
	})
	hook.end, all.end = flush, flush
	return []instrumentation{discarding, hook, udp, all}, nil
}

// cactus is a counter and a timer of the usual client.
func cactus(name string, f *exporterset.Set, to statsd.Sender) (instrumentation, error) {
	buffered, err := statsd.NewBufferedSenderWithSender(to, 300*time.Millisecond, 1432)
	if err != nil {
		return instrumentation{}, err
	}
	client, err := statsd.NewClientWithSender(buffered, "", 0)
	if err != nil {
		return instrumentation{}, err
	}
	f.OnClose(client.Close)
	ended, all := []statsd.Tag{{"executor", "bench"}, {"outcome", "ok"}}, []statsd.Tag{{"executor", "bench"}}
	return withoutSetup(name, func(e core.ChunkEnd) {
		_ = client.Inc("chunkscope.chunks", 1, 1, ended...)
		_ = client.TimingDuration("chunkscope.chunk.duration", e.Duration, 1, all...)
	}), nil
}

// webhookInstrumentations make a channel in each execution, so that they differ
// only in what they send.
func webhookInstrumentations(f *exporterset.Set) []instrumentation {
	type sample struct {
		chunk    int
		duration time.Duration
	}
	const room = 200_000 // two sends for each chunk, at most
	run := withRun(f.Webhook)
	sends := instrumentation{name: "two buffered channel sends", begin: func() func(core.ChunkEnd) {
		c := make(chan sample, room)
		return func(e core.ChunkEnd) {
			c <- sample{e.Chunk, e.Duration}
			c <- sample{e.Chunk, e.Duration}
		}
	}}
	hook := instrumentation{name: "webhookhook", begin: func() func(core.ChunkEnd) {
		c := make(chan sample, room)
		return func(e core.ChunkEnd) {
			f.Webhook.OnChunkEnd(run, e)
			runtime.KeepAlive(c)
		}
	}}
	locked := instrumentation{name: "by hand, a mutex and three numbers", begin: func() func(core.ChunkEnd) {
		var (
			mu            sync.Mutex
			chunks, items int
			slowest       time.Duration
		)
		return func(e core.ChunkEnd) {
			mu.Lock()
			defer mu.Unlock()
			chunks++
			items += e.ItemsDone
			slowest = max(slowest, e.Duration)
		}
	}}
	return []instrumentation{sends, hook, locked}
}
