package exporters

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/sendq"
	"github.com/chunkscope/chunkscope/promhook"
)

var (
	_ core.HookRunEnd    = (*pusher)(nil)
	_ core.Shutdowner    = (*pusher)(nil)
	_ core.StatsReporter = (*pusher)(nil)
)

// pushPause is the least time between two pushes while runs go on.
const pushPause = time.Second

// pusher pushes to a Pushgateway when a run has ended, and at the end. What it
// counts is pushes: one that fails is pending until the next, which tells the
// same and more.
type pusher struct {
	push    func(context.Context) error // a function, as the address may hold a password
	queue   *sendq.Queue[struct{}]
	trouble *trouble
	closing chan struct{}
	close   func()

	mu   sync.Mutex
	last error // of the last push
}

// newPusher makes the pusher that the config asks for, if it does. It needs
// pushFrom before its first run.
func (c *config) newPusher() (*pusher, error) {
	b := c.pushgateway
	if b == nil {
		return nil, nil
	}
	if err := checkGateway(b.at); err != nil {
		return nil, b.from.refuse(err)
	}
	p := &pusher{
		trouble: &trouble{log: c.logging, fails: "exporters: cannot push to the Pushgateway", works: "exporters: the Pushgateway takes pushes again"},
		closing: make(chan struct{}),
	}
	p.close = sync.OnceFunc(func() { close(p.closing) })
	p.queue = sendq.New(1, 1, p.consume)
	return p, nil
}

// checkGateway refuses what promhook.Hook.Push would, which is told the address
// when it is too late to mend it.
func checkGateway(address string) error {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return errors.New("it is not the address of a Pushgateway, as in http://host:9091")
	}
	return nil
}

// HookName returns "promhook.push".
func (*pusher) HookName() string { return "promhook.push" }

// OnRunEnd asks for a push. It comes before promhook in the suite, so that its
// end comes after promhook's, which has counted the run by then.
func (p *pusher) OnRunEnd(context.Context, core.RunEnd) {
	p.queue.PutLatest(0, struct{}{}, func(struct{}) bool { return true })
}

// Stats counts pushes.
func (p *pusher) Stats() core.HookStats { return p.queue.Stats() }

// Shutdown pushes what there is in the end, if a run has ended.
func (p *pusher) Shutdown(ctx context.Context) error {
	p.close()
	err := p.queue.Close(ctx)
	if err == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Errorf("%s: pushes: %w", p.HookName(), errors.Join(err, p.last))
}

func (p *pusher) consume(ctx context.Context, q *sendq.Queue[struct{}]) {
	pending := 0
	for open := true; open; {
		if _, open = q.Next(ctx); !open {
			if ctx.Err() != nil {
				return
			}
			q.Add(0, 1) // what there is in the end
		}
		pending++
		if p.attempt(ctx) {
			q.Delivered(0, 1)
			q.Dropped(0, pending-1, sendq.Superseded)
			pending = 0
		}
		p.pause(ctx)
	}
}

// attempt pushes once.
func (p *pusher) attempt(ctx context.Context) bool {
	err := attempt(func() error { return p.push(ctx) })
	p.mu.Lock()
	p.last = err
	p.mu.Unlock()
	if err != nil {
		p.queue.Failed()
	}
	p.trouble.tell(err)
	return err == nil
}

func (p *pusher) pause(ctx context.Context) {
	timer := time.NewTimer(pushPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.closing:
	case <-ctx.Done():
	}
}

// from has the pusher push the metrics of a hook.
func (p *pusher) from(h *promhook.Hook, b *backend[promhook.PushOption]) {
	p.push = func(ctx context.Context) error { return h.Push(ctx, b.at, b.opts...) }
}
