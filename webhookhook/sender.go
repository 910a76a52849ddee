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
	"github.com/chunkscope/chunkscope/internal/redact"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// delivery is a message in the queue, with what the sender needs to know of it.
type delivery struct {
	id         string
	created    time.Time
	runKey     string // the same for all deliveries of one run
	class      int
	latestOnly bool         // a later one of the same run takes its place in the queue
	persistent bool         // retried for persistentLimit, otherwise maxAttempts times
	superseded *atomic.Bool // set once a message that says the same and more is queued; may be nil
	encode     func() (request, error)

	route    int     // which of the endpoint's URLs it goes to
	notFound verdict // what it means that the endpoint does not know the URL
	isStart  bool    // a ping for the start of a run, which a service may not have
	orGet    bool    // GET will do if the endpoint refuses the method of the request

	// The sender's record of failed attempts.
	failed int
	due    time.Time // when to try again
}

// request is an encoded message, and how to send it where.
type request struct {
	url         secret
	method      string
	contentType string
	body        []byte
}

// sender sends messages to one endpoint, one after the other. The queue starts
// its goroutine with the first message.
type sender struct {
	name, origin string
	header       http.Header
	signingKeys  [][]byte
	timeout      time.Duration
	client       *http.Client
	limiter      *rate.Limiter
	random       func() float64 // of the backoff, from 0 to 1
	secrets      *redact.Redactor
	accepts      func(body []byte) bool // nil: every 2xx is a success
	maxAside     int                    // of how many messages may be set aside
	queue        *sendq.Queue[*delivery]
	failures     logonce.Reporter

	waitingPersistent atomic.Int64 // persistent deliveries in the queue
	shutdownDeadline  atomic.Pointer[time.Time]
	shuttingDown      chan struct{} // closed once shutdownDeadline is set

	// What the last attempts showed of the endpoint. Only the sender's goroutine
	// uses these fields.
	notBefore     time.Time // no attempt is made before it
	waitRequested bool      // the endpoint asked for notBefore
}

func newSender(c *config, name, origin string, secrets *redact.Redactor) *sender {
	s := &sender{
		name: name, origin: origin, header: c.header, signingKeys: c.signingKeys, timeout: c.timeout,
		client: newClient(c), limiter: rate.NewLimiter(c.attemptRate, 1), random: c.random, secrets: secrets,
		maxAside: c.queueSize,
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

// put queues a delivery. It never waits.
func (s *sender) put(d *delivery) {
	if d.latestOnly {
		s.queue.PutLatest(d.class, d, func(waiting *delivery) bool { return waiting.latestOnly && waiting.runKey == d.runKey })
		return
	}
	if !d.persistent {
		s.queue.Put(d.class, d)
		return
	}
	s.waitingPersistent.Add(1) // before the sender can take it and count it down
	if !s.queue.Put(d.class, d) {
		s.waitingPersistent.Add(-1)
	}
}

// countMerged counts messages that are not sent because a later one includes
// them.
func (s *sender) countMerged(n int) {
	s.queue.Add(classEnd, n)
	s.queue.Dropped(classEnd, n, sendq.Superseded)
}

func (s *sender) flush(ctx context.Context) error {
	if err := s.queue.Flush(ctx); err != nil {
		return fmt.Errorf("%s: %s: %w", s.name, s.origin, err)
	}
	return nil
}

// close sends what is queued until ctx ends. The error says what was lost.
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
