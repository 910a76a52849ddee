package webhookhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/internal/logonce"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// job is a message on its way.
type delivery struct {
	id         string
	created    time.Time
	runKey     string // tells runs apart
	runStarted time.Time
	class      int
	latestOnly bool         // only the latest of a run is worth sending
	persistent bool         // retried for long
	superseded *atomic.Bool // set when another job tells the same and more; may be nil
	encode     func() (request, error)
}

// request is a job put into words.
type request struct {
	url         secret
	contentType string
	body        []byte
}

// sender delivers jobs to one endpoint, one after the other, on one goroutine
// that the queue starts with the first.
type sender struct {
	name, origin string
	header       http.Header
	signingKeys  [][]byte
	timeout      time.Duration
	client       *http.Client
	limiter      *rate.Limiter
	random       func() float64 // for the backoff
	scrub        scrubber
	accepts      func(body []byte) bool // nil: every 2xx is a success
	queue        *sendq.Queue[*delivery]
	failures     logonce.Reporter

	waitingPersistent atomic.Int64 // jobs that are retried for long and still wait
	shutdownDeadline  atomic.Pointer[time.Time]
	shuttingDown      chan struct{} // closed when deadline is set

	notBefore     time.Time // the endpoint is left alone until then
	waitRequested bool      // because it asked for it
	goneSince     time.Time // when it was found to be gone; zero if it is not
}

func newSender(c *config, name, origin string, scrub scrubber) *sender {
	s := &sender{
		name: name, origin: origin, header: c.header, signingKeys: c.signingKeys, timeout: c.timeout,
		client: newClient(c), limiter: rate.NewLimiter(c.attemptRate, 1), random: c.random, scrub: scrub,
		failures: logonce.Reporter{
			Logger: c.logger,
			Attrs:  []slog.Attr{slog.String("hook", name), slog.String("endpoint", origin)},
		},
		shuttingDown: make(chan struct{}),
	}
	if s.random == nil {
		s.random = rand.Float64
	}
	s.queue = sendq.New(c.queueSize, classes, s.consume)
	return s
}

// put never waits.
func (s *sender) put(d *delivery) {
	if d.latestOnly {
		s.queue.PutLatest(d.class, d, func(waiting *delivery) bool { return waiting.latestOnly && waiting.runKey == d.runKey })
		return
	}
	if !d.persistent {
		s.queue.Put(d.class, d)
		return
	}
	s.waitingPersistent.Add(1) // before the consumer can take it
	if !s.queue.Put(d.class, d) {
		s.waitingPersistent.Add(-1)
	}
}

// merged counts messages that a later one stands for.
func (s *sender) countMerged(n int) {
	s.queue.Add(classEnd, n)
	s.queue.Dropped(classEnd, n, sendq.Superseded)
}

func (s *sender) consume(ctx context.Context, q *sendq.Queue[*delivery]) {
	for d, ok := q.Next(ctx); ok; d, ok = q.Next(ctx) {
		if d.persistent {
			s.waitingPersistent.Add(-1)
		}
		reason := s.deliver(ctx, d)
		if reason == "" {
			q.Delivered(d.class, 1)
		} else {
			q.Dropped(d.class, 1, reason)
		}
	}
}

func (s *sender) flush(ctx context.Context) error {
	if err := s.queue.Flush(ctx); err != nil {
		return fmt.Errorf("%s: %s: %w", s.name, s.origin, err)
	}
	return nil
}

// close lets the consumer drain the queue as long as ctx allows.
func (s *sender) close(ctx context.Context) error {
	ctx, cancel := closing.Context(ctx)
	defer cancel()
	deadline, _ := ctx.Deadline()
	if s.shutdownDeadline.CompareAndSwap(nil, &deadline) {
		close(s.shuttingDown)
	}
	err := s.queue.Close(ctx)
	if err == nil {
		return nil
	}
	if lost, ok := errors.AsType[*sendq.LostError](err); ok && lost.Classes[classEnd] > 0 {
		return fmt.Errorf("%s: %s: %w; ends of runs among them: %d", s.name, s.origin, err, lost.Classes[classEnd])
	}
	return fmt.Errorf("%s: %s: %w", s.name, s.origin, err)
}
