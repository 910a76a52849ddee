package core

import (
	"sync/atomic"
	"time"
)

const (
	stuckAfter = 10 * time.Second // a hook that takes longer is reported
	lookEvery  = time.Second
)

// sentinel tells the watchdog which call a goroutine is at, in one word so that
// a call costs one store: when the round began (its low 48 bits, which is enough to
// tell ages), the moment and the hook. It is 0 outside of hooks.
type sentinel struct{ word atomic.Uint64 }

const (
	hookBits   = 12
	momentBits = 4
	sinceBits  = 64 - momentBits - hookBits
)

// set loses the high bits of since on purpose.
func (s *sentinel) set(since time.Duration, m Moment, hook int) {
	s.word.Store(uint64(since)<<(momentBits+hookBits) | uint64(m)<<hookBits | uint64(hook)&(1<<hookBits-1))
}

func (s *sentinel) clear() { s.word.Store(0) }

// sighting is a call that the watchdog saw.
type sighting struct {
	word     uint64
	from     time.Duration // it has lasted since then
	reported bool
}

func (c sighting) moment() Moment { return Moment(c.word >> hookBits & (1<<momentBits - 1)) }
func (c sighting) hook() int      { return int(c.word & (1<<hookBits - 1)) }

// began tells when the round of the call began, given that now is less than
// three days later.
func (c sighting) began(now time.Duration) time.Duration {
	age := (uint64(now) - c.word>>(momentBits+hookBits)) & (1<<sinceBits - 1)
	return now - time.Duration(age)
}

// watchdog reports hooks that do not come back. It is a timer and no
// goroutine, and not the progress monitor, which may itself be what is stuck.
type watchdog struct {
	post
	busy    turn // taken while it looks, so that stop waits for it
	timer   *time.Timer
	stopped bool
	looked  time.Duration // the last time
	seen    map[*sentinel]sighting
}

func (d *watchdog) start(r *run) {
	d.post.run = r
	d.busy = newTurn()
	d.timer = time.AfterFunc(lookEvery, d.look)
}

// stop returns when no look is under way and none will follow.
func (d *watchdog) stop() {
	d.busy.take()
	defer d.busy.give()
	d.stopped = true
	d.timer.Stop()
}

// look reports every call that has lasted too long, and comes back in time for
// the next one.
func (d *watchdog) look() {
	d.busy.take()
	defer d.busy.give()
	if d.stopped {
		return
	}
	now := d.run.now()
	next := now + lookEvery
	seen := map[*sentinel]sighting{}
	for _, s := range d.run.sentinels() {
		call := sighting{word: s.word.Load()}
		if call.word == 0 {
			continue
		}
		if last := d.seen[s]; last.word == call.word {
			call = last
		} else {
			// The hook before it in the round may have been at it until now,
			// but not before the last look.
			call.from = max(call.began(now), d.looked)
		}
		if !call.reported && now-call.from >= stuckAfter {
			call.reported = true
			set, _ := d.run.listeners()
			f := d.run.newFault(set, call.moment(), call.hook(), FaultStuck)
			d.run.logFault(f)
			if f.Moment != MomentFault { // nobody is told of faults of those who are told
				d.faults = append(d.faults, f)
			}
		}
		if !call.reported {
			next = min(next, call.from+stuckAfter)
		}
		seen[s] = call
	}
	d.seen, d.looked = seen, now
	if len(d.faults) > 0 {
		report := &telling{post: &d.post, finished: make(chan struct{})}
		aside(report, report.finished)
	}
	d.timer.Reset(next - d.run.now())
}

// telling is a goroutine that only calls fault hooks.
type telling struct {
	*post
	finished chan struct{}
}

func (t *telling) round()                        { t.tellFaults() }
func (t *telling) broke(value any, stack []byte) { t.fault(value, stack) }
func (t *telling) over()                         { close(t.finished) }
