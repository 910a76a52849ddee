package statsdhook

import (
	"context"
	"log/slog"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/internal/sendq"
)

// The reasons for which lines are dropped here, beside those of the queue.
const (
	reasonTimeout = "timeout"       // the server or its socket did not take it in time
	reasonSend    = "send_error"    // any other failure of sending
	reasonResolve = "resolve_error" // the server's name has no address so far
)

// outlet is where the lines of a flush go. Only the sender uses it.
type transport interface {
	prepare(ctx context.Context) // before everything
	// open returns the client for one flush, and what to tell of each line.
	open(ctx context.Context) (client statsd.StatSender, settle func(error))
	flush() // the end of the flush
	close() // the end of everything
}

// nobody is a client that takes everything and does nothing. What is given to
// it stays pending until Shutdown writes it off.
var noopClient = (*statsd.Client)(nil)

// givenClient is a client of the user's.
type clientTransport struct {
	client     statsd.StatSender
	deliveries *deliveryLog
}

func (g *clientTransport) prepare(context.Context) {}
func (g *clientTransport) flush()                  {}
func (g *clientTransport) close()                  {}

func (g *clientTransport) open(ctx context.Context) (statsd.StatSender, func(error)) {
	if ctx.Err() != nil {
		return noopClient, func(error) {}
	}
	return g.client, func(err error) {
		if err != nil {
			g.deliveries.failed(1, reasonSend, err)
		} else {
			g.deliveries.delivered(1)
		}
	}
}

// ownClient makes a buffered client for each flush. Such a client cannot be
// told to flush, but to close: then it sends what it holds and returns when
// that is done. Two more goroutines and a ticker live as long as a flush does.
type packetTransport struct {
	conn     *packetConn
	maxBytes int
	format   statsd.TagFormat
	buffered statsd.Sender // of this flush; nil where there is none
}

func newPacketTransport(w *packetConn, c *config) *packetTransport {
	formats := map[TagFormat]statsd.TagFormat{Influx: statsd.InfixComma, Graphite: statsd.InfixSemicolon}
	return &packetTransport{conn: w, maxBytes: c.maxPacketSize, format: formats[c.tagFormat]}
}

func (o *packetTransport) prepare(ctx context.Context) {
	context.AfterFunc(ctx, o.conn.abort) // frees a write that waits
	o.conn.resolve(ctx)
}

func (o *packetTransport) open(ctx context.Context) (statsd.StatSender, func(error)) {
	ignore := func(error) {} // the wire settles whole packets
	if ctx.Err() != nil {
		return noopClient, ignore
	}
	o.conn.resolve(ctx)
	buffered, _ := statsd.NewBufferedSenderWithSender(o.conn, time.Hour, o.maxBytes) // fails without a sender only
	client, _ := statsd.NewClientWithSender(buffered, "", o.format)                  // likewise
	o.buffered = buffered
	return client, ignore
}

func (o *packetTransport) flush() {
	if o.buffered != nil {
		_ = o.buffered.Close() // the wire's Close never fails
		o.buffered = nil
	}
}

func (o *packetTransport) close() { o.conn.abort() }

// ledger settles lines. It logs when sending begins to fail and when it works
// again, at most once a minute.
type deliveryLog struct {
	queue   *sendq.Queue[timerValue]
	logger  *slog.Logger
	failing bool // as logged
	logged  time.Time
}

const logInterval = time.Minute

func newDeliveryLog(q *sendq.Queue[timerValue], l *slog.Logger) *deliveryLog {
	return &deliveryLog{queue: q, logger: l}
}

func (l *deliveryLog) delivered(lines int) {
	l.queue.Delivered(0, lines)
	l.log(nil)
}

func (l *deliveryLog) failed(lines int, reason string, err error) {
	l.queue.Failed()
	l.queue.Dropped(0, lines, reason)
	l.log(err)
}

func (l *deliveryLog) log(err error) {
	if failing := err != nil; failing == l.failing || time.Since(l.logged) < logInterval && !l.logged.IsZero() {
		return
	}
	l.failing, l.logged = err != nil, time.Now()
	defer func() { _ = recover() }() // the logger's handler is foreign code
	logger := l.logger
	if logger == nil {
		logger = slog.Default()
	}
	if err != nil {
		logger.Warn("statsdhook: metrics are lost", "error", err)
	} else {
		logger.Info("statsdhook: metrics are sent again")
	}
}
