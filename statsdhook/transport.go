package statsdhook

import (
	"context"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"
)

// transport takes the lines of the flushes. Only the sender calls it.
type transport interface {
	// start is called before the first flush. Its context ends when Shutdown
	// cannot wait longer.
	start(ctx context.Context)
	// beginFlush returns the client for one flush, and a function that takes
	// the result of each call of the client.
	beginFlush(ctx context.Context) (client statsd.StatSender, settle func(error))
	// endFlush returns when the lines of the flush are sent.
	endFlush()
	// close is called after the last flush.
	close()
}

// noopClient does nothing. The lines that it gets stay pending until Shutdown
// drops them.
var noopClient = (*statsd.Client)(nil)

// clientTransport sends through a client of the user.
type clientTransport struct {
	client     statsd.StatSender
	deliveries *deliveryLog
}

func (t *clientTransport) start(context.Context) {}
func (t *clientTransport) endFlush()             {}
func (t *clientTransport) close()                {}

func (t *clientTransport) beginFlush(ctx context.Context) (statsd.StatSender, func(error)) {
	if ctx.Err() != nil {
		return noopClient, func(error) {}
	}
	return t.client, func(err error) {
		if err != nil {
			t.deliveries.failed(1, reasonSend, err)
		} else {
			t.deliveries.delivered(1)
		}
	}
}

// packetTransport creates a buffered client for each flush. Such a client has
// no method to flush it. Its Close sends what it holds and returns when that is
// done. Two more goroutines and a ticker live as long as the flush.
type packetTransport struct {
	conn          *packetConn
	maxPacketSize int
	tagFormat     statsd.TagFormat
	buffered      statsd.Sender // of the current flush, otherwise nil
}

func newPacketTransport(conn *packetConn, c *config) *packetTransport {
	formats := map[TagFormat]statsd.TagFormat{Influx: statsd.InfixComma, Graphite: statsd.InfixSemicolon}
	return &packetTransport{conn: conn, maxPacketSize: c.maxPacketSize, tagFormat: formats[c.tagFormat]}
}

func (t *packetTransport) start(ctx context.Context) {
	context.AfterFunc(ctx, t.conn.abort) // ends a write that waits
	t.conn.resolve(ctx)
}

func (t *packetTransport) beginFlush(ctx context.Context) (statsd.StatSender, func(error)) {
	ignore := func(error) {} // the connection settles whole packets
	if ctx.Err() != nil {
		return noopClient, ignore
	}
	t.conn.resolve(ctx)
	buffered, _ := statsd.NewBufferedSenderWithSender(t.conn, time.Hour, t.maxPacketSize) // fails only for a nil sender
	client, _ := statsd.NewClientWithSender(buffered, "", t.tagFormat)                    // likewise
	t.buffered = buffered
	return client, ignore
}

func (t *packetTransport) endFlush() {
	if t.buffered != nil {
		_ = t.buffered.Close() // returns the error of packetConn.Close, which is nil
		t.buffered = nil
	}
}

func (t *packetTransport) close() { t.conn.abort() }
