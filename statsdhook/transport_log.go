package statsdhook

import (
	"log/slog"

	"github.com/chunkscope/chunkscope/internal/logonce"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// The reasons for which this package drops lines, beside those of the queue.
const (
	reasonTimeout = "timeout"       // the server or its socket did not take the packet in time
	reasonSend    = "send_error"    // sending failed in another way
	reasonResolve = "resolve_error" // the server's name has no known address
)

// deliveryLog settles lines. It logs when sending begins to fail and when it
// works again, at most once a minute.
type deliveryLog struct {
	queue    *sendq.Queue[timerValue]
	reporter logonce.Reporter
}

func newDeliveryLog(q *sendq.Queue[timerValue], l *slog.Logger) *deliveryLog {
	return &deliveryLog{queue: q, reporter: logonce.Reporter{Logger: l}}
}

// delivered settles lines as delivered.
func (l *deliveryLog) delivered(lines int) {
	l.queue.Delivered(0, lines)
	l.reporter.Recovered("statsdhook: metrics are sent again")
}

// failed settles the lines of a packet or call that failed as dropped.
func (l *deliveryLog) failed(lines int, reason string, err error) {
	l.queue.Failed()
	l.queue.Dropped(0, lines, reason)
	l.reporter.Failed("statsdhook: metrics are lost", slog.Any("error", err))
}
