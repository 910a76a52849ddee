package core

import "time"

const (
	stuckAfter = 10 * time.Second // a hook that takes longer is reported
	lookEvery  = time.Second
)

// sentinel tells the watchdog which call of a hook a goroutine is at. Its owner
// writes it at every call, where atomic stores would be felt; see peek.
type sentinel struct{ at call }

// call is one call of a hook.
type call struct {
	moment Moment        // 0 outside of hooks
	began  time.Duration // of the round of calls it is in, on the run's clock
	hook   int
}

// peek reads what its owner writes without atomic stores. A word is never seen
// torn, and all that matters is whether the same three words are there at every
// look for seconds: the race detector knows nothing of the seconds.
//
//go:norace
func (s *sentinel) peek() call { return s.at }

// sighting is a call that the watchdog saw.
type sighting struct {
	call
	from     time.Duration // it has lasted since then
	reported bool
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
		at := s.peek()
		if at.moment == 0 {
			continue
		}
		// The hook before it in the round may have been at it until now, but not
		// before the last look.
		call := sighting{call: at, from: max(at.began, d.looked)}
		if last := d.seen[s]; last.call == at {
			call = last
		}
		if !call.reported && now-call.from >= stuckAfter {
			call.reported = true
			set, _ := d.run.listeners()
			f := d.run.newFault(set, call.moment, call.hook, FaultStuck)
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
