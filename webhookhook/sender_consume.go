package webhookhook

import (
	"context"
	"time"

	"github.com/chunkscope/chunkscope/internal/sendq"
)

// consume sends what is queued. A message whose URL the endpoint does not know is set
// aside: it says nothing of the endpoint's other URLs.
func (s *sender) consume(ctx context.Context, q *sendq.Queue[*delivery]) {
	var waiting []*delivery // in order: those that were set aside, and the next one
	for ctx.Err() == nil {
		d, ok := s.next(ctx, q, waiting)
		switch {
		case ok:
			waiting = append(waiting, d)
			if d.persistent {
				s.waitingPersistent.Add(-1)
			}
		case len(waiting) == 0:
			return
		}
		waiting = s.sendWaiting(ctx, q, waiting)
	}
}

// next waits for the next message in the queue. It returns false when it is time to
// try again what was set aside, or nothing more will come.
func (s *sender) next(ctx context.Context, q *sendq.Queue[*delivery], aside []*delivery) (d *delivery, ok bool) {
	if len(aside) == 0 {
		return q.Next(ctx)
	}
	due := time.Now() // during Shutdown
	if s.shutdownDeadline.Load() == nil {
		due = firstDue(aside)
	}
	ctx, cancel := context.WithDeadline(ctx, due)
	defer cancel()
	if len(aside) < s.maxAside {
		return q.Next(ctx)
	}
	select { // the queue is bounded, and drops the least important message
	case <-ctx.Done():
	case <-s.shuttingDown:
	}
	return nil, false
}

// firstDue returns when the first message is to be tried again. Those that were not
// tried at all wait for another one to the same URL.
func firstDue(aside []*delivery) (due time.Time) {
	for _, d := range aside {
		if due.IsZero() || !d.due.IsZero() && d.due.Before(due) {
			due = d.due
		}
	}
	return due
}

// sendWaiting tries to send messages in their order, and returns those to try again. A
// message waits for those before it to the same URL.
func (s *sender) sendWaiting(ctx context.Context, q *sendq.Queue[*delivery], waiting []*delivery) (aside []*delivery) {
	blocked := map[int]bool{}
	for _, d := range waiting {
		if blocked[d.route] {
			aside = append(aside, d)
			continue
		}
		reason, again := s.deliver(ctx, d)
		switch {
		case again:
			blocked[d.route] = true
			aside = append(aside, d)
		case reason == "":
			q.Delivered(d.class, 1)
		default:
			q.Dropped(d.class, 1, reason)
		}
	}
	return aside
}
