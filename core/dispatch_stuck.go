package core

import "time"

const (
	stuckAfter    = 10 * time.Second // a hook that takes longer is reported
	checkInterval = time.Second
)

// callTracker shows the watchdog the current hook call of a goroutine. Its owner
// writes it at every call, where atomic stores would cost too much; see load.
type callTracker struct{ current hookCall }

// hookCall is one call of a hook.
type hookCall struct {
	moment Moment        // 0 outside of hooks
	began  time.Duration // of its round of calls, on the run's clock
	hook   int
}

// load reads the call that the owner writes without atomic stores. A word is
// never read torn, and the watchdog only asks whether the same three words are
// there at every check for seconds. The race detector cannot know of the seconds.
//
//go:norace
func (t *callTracker) load() hookCall { return t.current }

// observedCall is a call that the watchdog saw.
type observedCall struct {
	hookCall
	since    time.Duration // the call has lasted at least since then
	reported bool
}

// watchdog reports hooks that do not return. It is a timer without a goroutine,
// and apart from the progress monitor, which may itself be stuck.
type watchdog struct {
	dispatcher
	checking  spinLock // held during a check, so that stop waits for it
	timer     *time.Timer
	stopped   bool
	checkedAt time.Duration // the last check
	observed  map[*callTracker]observedCall
}

func (d *watchdog) start(r *run) {
	d.dispatcher.run = r
	d.checking = newSpinLock()
	d.timer = time.AfterFunc(checkInterval, d.check)
}

// stop returns when no check is under way and none will follow.
func (d *watchdog) stop() {
	d.checking.Lock()
	defer d.checking.Unlock()
	d.stopped = true
	d.timer.Stop()
}

// check reports every call that has lasted too long, and schedules the next
// check.
func (d *watchdog) check() {
	d.checking.Lock()
	defer d.checking.Unlock()
	if d.stopped {
		return
	}
	now := d.run.now()
	next := now + checkInterval
	observed := map[*callTracker]observedCall{}
	for _, t := range d.run.callTrackers() {
		current := t.load()
		if current.moment == 0 {
			continue
		}
		// The hook before it in the round may have run until now, but not since
		// before the last check.
		call := observedCall{hookCall: current, since: max(current.began, d.checkedAt)}
		if last := d.observed[t]; last.hookCall == current {
			call = last
		}
		if !call.reported && now-call.since >= stuckAfter {
			call.reported = true
			set, _ := d.run.listeners()
			f := d.run.newFault(set, call.moment, call.hook, FaultStuck)
			d.run.logFault(f)
			if f.Moment != MomentFault { // fault hooks are not called about fault hooks
				d.pendingFaults = append(d.pendingFaults, f)
			}
		}
		if !call.reported {
			next = min(next, call.since+stuckAfter)
		}
		observed[t] = call
	}
	d.observed, d.checkedAt = observed, now
	if len(d.pendingFaults) > 0 {
		report := &faultDispatch{dispatcher: &d.dispatcher, finished: make(chan struct{})}
		runResumableAndWait(report, report.finished)
	}
	d.timer.Reset(next - d.run.now())
}

// faultDispatch calls fault hooks on a goroutine of its own.
type faultDispatch struct {
	*dispatcher
	finished chan struct{}
}

func (d *faultDispatch) resume()                           { d.callFaultHooks() }
func (d *faultDispatch) recovered(value any, stack []byte) { d.recordFault(value, stack) }
func (d *faultDispatch) done()                             { close(d.finished) }
