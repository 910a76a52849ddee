package core

import (
	"sync"
	"time"
)

// stuckAfter is how long a hook may take before it is reported.
const stuckAfter = 10 * time.Second

// watchdog reports hooks that do not come back. It is a timer and no
// goroutine, and not the progress monitor, which may itself be what is stuck.
type watchdog struct {
	post
	mu      sync.Mutex // held while it looks, so that stop waits for it
	timer   *time.Timer
	stopped bool
	seen    map[*sentinel]sighting
}

// sighting is what the watchdog knows of a sentinel since its last look.
type sighting struct {
	since    int64 // the sentinel's own
	spot     uint64
	from     time.Duration // the call has lasted at least since then
	reported bool
}

func (d *watchdog) start(r *run) {
	d.post.run = r
	d.seen = map[*sentinel]sighting{}
	d.timer = time.AfterFunc(stuckAfter, d.look)
}

// stop returns when no look is under way and none will follow.
func (d *watchdog) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	d.timer.Stop()
}

// look reports every call that has lasted too long, and comes back when the
// next one can have.
func (d *watchdog) look() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return
	}
	now := d.run.now()
	next := now + stuckAfter
	for _, s := range d.run.sentinels() {
		since := s.since.Load()
		if since == 0 {
			delete(d.seen, s)
			continue
		}
		spot, last := s.spot.Load(), d.seen[s]
		switch {
		case last.since != since: // a new round, which began with the call of its first hook
			last = sighting{since: since, spot: spot, from: time.Duration(since - 1)}
		case last.spot != spot: // a later call of that round, begun after the last look
			last = sighting{since: since, spot: spot, from: now}
		}
		if now-last.from >= stuckAfter && !last.reported {
			last.reported = true
			f := d.run.newFault(Moment(spot>>32), int(uint32(spot)), FaultStuck) //nolint:gosec // the low half is the hook's place
			d.run.logFault(f)
			d.faults = append(d.faults, f)
		} else if !last.reported {
			next = min(next, last.from+stuckAfter)
		}
		d.seen[s] = last
	}
	if len(d.faults) > 0 {
		report := &telling{post: &d.post, finished: make(chan struct{})}
		aside(report, report.finished)
	}
	d.timer.Reset(next - now)
}

// telling is a goroutine that only calls fault hooks.
type telling struct {
	*post
	finished chan struct{}
}

func (t *telling) round()                        { t.tellFaults() }
func (t *telling) broke(value any, stack []byte) { t.fault(value, stack) }
func (t *telling) over()                         { close(t.finished) }
