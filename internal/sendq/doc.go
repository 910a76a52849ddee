// Package sendq is the bounded queue that exporters which send stand on: it
// lies between workers, which must never wait, and a backend that may be
// slow, full, wrong or gone.
//
// Producers put values into it from any goroutine. One consumer, on a
// goroutine that the queue starts with the first value and ends with Close,
// takes them out, tries to send them, and settles each: delivered, or dropped
// for a reason. What the queue itself gives up it drops with one of the reasons
// of this package, so that nothing is ever lost uncounted: at any instant
//
//	Produced = Delivered + the sum of Dropped + Pending
//
// where Pending is what waits in the queue and what the consumer has taken and
// not yet settled. It is 0 once Close has returned.
//
//	q := sendq.New(64, 3, func(ctx context.Context, q *sendq.Queue[message]) {
//		for m, ok := q.Next(ctx); ok; m, ok = q.Next(ctx) {
//			if err := send(ctx, m); err != nil {
//				q.Failed()
//				q.Dropped(final, 1, "send_error")
//			} else {
//				q.Delivered(final, 1)
//			}
//		}
//	})
//	q.Put(final, message{...}) // never waits
//	q.Flush(ctx)               // waits until all that was put before is settled
//	q.Close(ctx)               // drains as long as ctx allows, and tells what was lost
//
// # Classes
//
// A full queue decides by class, a small number; 0 is the least important. A
// newcomer displaces the oldest value of the lowest class below its own; if
// there is none, the newcomer itself is dropped. Otherwise order is kept,
// across all classes. A value that only the latest of its kind is worth
// sending is put with PutLatest, and supersedes the one that still waits.
package sendq
