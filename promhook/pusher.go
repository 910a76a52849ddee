package promhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/logonce"
	"github.com/chunkscope/chunkscope/internal/optcheck"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

var (
	_ core.HookRunEnd    = (*Pusher)(nil)
	_ core.Shutdowner    = (*Pusher)(nil)
	_ core.StatsReporter = (*Pusher)(nil)
)

// pushPause is the least time between two pushes while runs go on.
const pushPause = time.Second

// Pusher pushes the metrics of a hook to a Pushgateway when a run has ended, and
// once more in Shutdown. It is for jobs that end before they are scraped. It is
// safe for concurrent use, and may be registered with several executors.
//
// Pushes happen in the background, one at a time, and at least a second apart: no
// run waits for the gateway. A push sends everything that was counted so far, so
// that one push serves all the runs that ended before it. If a push fails, its
// runs stay pending until the next one. Failures are logged at most once a
// minute, see [WithPushLogger].
type Pusher struct {
	push  func(context.Context) error // a closure, which hides the address from fmt
	queue *sendq.Queue[struct{}]      // of runs that have ended
	log   logonce.Reporter

	closing chan struct{} // closed when Shutdown is called
	close   func()

	mu  sync.Mutex
	err error // of the last push
}

// NewPusher returns a Pusher that pushes the metrics of h to the Pushgateway at
// address, as [Hook.Push] does. Register it before h:
//
//	hook := promhook.New()
//	pusher, err := promhook.NewPusher(hook, "http://pushgateway:9091")
//	…
//	exec.Register(pusher, hook)
//	defer pusher.Shutdown(ctx)
//
// Ends are called in the reverse order of registration, and the push must come
// after h has counted the run.
//
// NewPusher adds the Pusher to the hooks whose health h exports, as
// [WithStatsFrom] does. It starts nothing before the end of the first run. It
// returns an error if h is nil or the address is invalid. The error does not
// repeat the address, which may contain a password.
func NewPusher(h *Hook, address string, opts ...PushOption) (*Pusher, error) {
	c := newPushConfig(opts)
	mistakes := optcheck.Mistakes{Package: "promhook"}
	mistakes.Secret(h != nil, "NewPusher", "the hook is nil; give the hook whose metrics to push")
	g, err := newGateway(address, c)
	mistakes.Add(err)
	if err := mistakes.Err(); err != nil {
		return nil, err
	}
	p := &Pusher{
		push:    func(ctx context.Context) error { return g.push(ctx, h.metrics) },
		log:     logonce.Reporter{Logger: c.logger},
		closing: make(chan struct{}),
	}
	p.close = sync.OnceFunc(func() { close(p.closing) })
	p.queue = sendq.New(1, 1, p.consume)
	h.metrics.health.sources.Add(p)
	return p, nil
}

// HookName returns "promhook.push".
func (*Pusher) HookName() string { return "promhook.push" }

// OnRunEnd requests a push and returns at once.
func (p *Pusher) OnRunEnd(context.Context, core.RunEnd) {
	p.queue.PutLatest(0, struct{}{}, func(struct{}) bool { return true })
}

// Stats counts the requested pushes: one for each run that has ended, and the one
// of Shutdown. A request that a later push answered as well is dropped as
// superseded. Errors counts the pushes that failed.
func (p *Pusher) Stats() core.HookStats { return p.queue.Stats() }

// Shutdown pushes the metrics a last time if a run has ended, and stops the
// Pusher. It waits for the gateway until ctx ends, or for 8 s if ctx has no
// deadline; with a context that has ended it pushes nothing. The error says how
// many pushes were lost, and why the last one failed.
//
// Only the first call pushes. Others wait for it, as long as their context allows,
// and return the same error. A run that ends later is dropped and counted.
func (p *Pusher) Shutdown(ctx context.Context) error {
	p.close()
	err := p.queue.Close(ctx)
	if err == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Errorf("%s: pushes: %w", p.HookName(), errors.Join(err, p.err))
}

// consume pushes on the queue's goroutine until Shutdown ends it.
func (p *Pusher) consume(ctx context.Context, q *sendq.Queue[struct{}]) {
	pending := 0
	for open, final := true, false; open; {
		if _, open = q.Next(ctx); !open {
			if final || ctx.Err() != nil {
				return
			}
			q.Add(0, 1) // the push of Shutdown
		}
		final = p.isClosing()
		pending++
		if p.attempt(ctx) {
			q.Delivered(0, 1)
			q.Dropped(0, pending-1, sendq.Superseded)
			pending = 0
		}
		p.pause(ctx)
	}
}

func (p *Pusher) isClosing() bool {
	select {
	case <-p.closing:
		return true
	default:
		return false
	}
}

// attempt pushes once and reports whether the gateway accepted everything.
func (p *Pusher) attempt(ctx context.Context) bool {
	err := p.push(ctx)
	p.mu.Lock()
	p.err = err
	p.mu.Unlock()
	if err != nil {
		p.queue.Failed()
		p.log.Failed("promhook: cannot push to the Pushgateway", slog.Any("error", err))
		return false
	}
	p.log.Recovered("promhook: the Pushgateway accepts pushes again")
	return true
}

// pause waits until the next push may begin.
func (p *Pusher) pause(ctx context.Context) {
	timer := time.NewTimer(pushPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.closing:
	case <-ctx.Done():
	}
}
