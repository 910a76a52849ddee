package statsdhook_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/paired"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// nullSender is the inner sender of clients that send nothing.
type nullSender struct{}

func (nullSender) Send(p []byte) (int, error) { return len(p), nil }
func (nullSender) Close() error               { return nil }

// nullConn discards every packet.
type nullConn struct{ net.Conn }

func (nullConn) Write(p []byte) (int, error)      { return len(p), nil }
func (nullConn) SetWriteDeadline(time.Time) error { return nil }
func (nullConn) Close() error                     { return nil }

func nullDial(context.Context, string, string) (net.Conn, error) { return nullConn{}, nil }

// BenchmarkChunk compares what a chunk costs its worker with two calls of the
// cactus client, a counter and a timer, which a user would write instead. The
// client is buffered, or plain with one system call for each line.
//
// The chunks come faster than the sender formats lines, so that most timers find
// the queue full. In the last variant none does, as it waits for the sender every
// 2,000 chunks. It includes all work of the sender, on another core if there is
// one.
func BenchmarkChunk(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) { benchmarkChunk(b, workers) })
	}
}

func benchmarkChunk(b *testing.B, workers int) {
	const chunks = 100_000
	each := func(n int, do func()) func() {
		return func() {
			var running sync.WaitGroup
			for range workers {
				running.Go(func() {
					for range n / workers {
						do()
					}
				})
			}
			running.Wait()
		}
	}
	outcome, all := []statsd.Tag{{"executor", "import"}, {"outcome", "ok"}}, []statsd.Tag{{"executor", "import"}}
	calls := func(client statsd.StatSender) func() {
		return func() {
			_ = client.Inc("chunkscope.chunks", 1, 1, outcome...)
			_ = client.TimingDuration("chunkscope.chunk.duration", time.Millisecond, 1, all...)
		}
	}
	buffered := newClient(b, nullSender{}, true)
	defer func() { _ = buffered.Close() }()

	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	socket, err := statsd.NewSimpleSender(server.LocalAddr().String())
	if err != nil {
		b.Fatal(err)
	}
	plain := newClient(b, socket, false)
	defer func() { _ = plain.Close() }()

	h, err := statsdhook.New("127.0.0.1:8125", statsdhook.WithDial(nullDial))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = h.Shutdown(context.Background()) }()
	ended := core.ChunkEnd{
		ChunkStart: core.ChunkStart{Executor: "import", Items: 20}, Duration: time.Millisecond, ItemsDone: 20, Outcome: core.OutcomeOK,
	}
	chunk := func() { h.OnChunkEnd(context.Background(), ended) }
	flush := func() { _ = h.Flush(context.Background()) }

	paired.Compare(b, paired.Options{Gate: workers > 1},
		paired.Variant{Name: "two buffered calls", Run: each(chunks, calls(buffered))},
		paired.Variant{Name: "hook", Bar: 1, Run: func() { each(chunks, chunk)(); flush() }},
		paired.Variant{Name: "100th of two plain calls", Run: each(chunks/100, calls(plain))},
		paired.Variant{Name: "hook and its sender", Run: func() {
			for range chunks / 2000 {
				each(2000, chunk)()
				flush()
			}
		}})
}

// newClient returns a client of the cactus library.
func newClient(b *testing.B, sender statsd.Sender, buffered bool) statsd.Statter {
	b.Helper()
	if buffered {
		var err error
		if sender, err = statsd.NewBufferedSenderWithSender(sender, 300*time.Millisecond, 1432); err != nil {
			b.Fatal(err)
		}
	}
	client, err := statsd.NewClientWithSender(sender, "", 0)
	if err != nil {
		b.Fatal(err)
	}
	return client
}
