// Package sendq is the bounded queue of the exporters that send. It lies
// between workers, which must never wait, and a backend that may be slow, down
// or wrong.
//
// Producers put values into the queue from any goroutine. One consumer takes
// them out, sends them, and settles each one as delivered or as dropped for a
// reason. The queue starts the consumer's goroutine with the first value and
// ends it with Close. The queue drops values itself for the reasons of this
// package. No value is lost uncounted; at every instant
//
//	Produced = Delivered + the sum of Dropped + Pending
//
// Pending counts the values in the queue, and those that the consumer has taken
// and not yet settled. It is 0 once Close has returned.
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
//	q.Flush(ctx)               // waits until all values put before are settled
//	q.Close(ctx)               // drains within ctx and returns what was lost
//
// # Classes
//
// Each value has a class, a small number; 0 is the least important. A value
// that comes to a full queue replaces the oldest value of the lowest class below
// its own. If there is none, the new value is dropped. Otherwise values keep
// their order across all classes. PutLatest is for values of which only the
// newest is worth sending: it replaces the one that still waits.
package sendq
