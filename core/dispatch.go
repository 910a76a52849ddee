package core

import (
	"bytes"
	"context"
	"time"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// dispatcher calls the hooks of a moment, one after the other, on one goroutine.
// It knows the hook of the current call. A hook that panics, exits or does not
// return is named by that, and the others are still called.
//
// A round calls all hooks of a moment. It advances before each call, and so
// resumes after the hook that broke it:
//
//	for i, ok := d.first(m, n, now); ok; i, ok = d.next(n) {
//		hooks[i].hook.OnMoment(ctx, e)
//	}
type dispatcher struct {
	run    *run
	moment Moment // of the current round, 0 outside of rounds
	cursor int    // the hook to call next in that round

	pendingFaults []Fault // that the fault hooks have not got yet
	faultCursor   int     // the fault hook to call next about the first of them
	inFaultHook   bool    // the current call is of a fault hook
	callTracker           // what the watchdog reads
}

// first begins a round of calls to n hooks, or resumes it.
func (d *dispatcher) first(m Moment, n int, now time.Duration) (int, bool) {
	if n == 0 {
		return 0, false
	}
	if d.moment != m {
		d.moment, d.cursor = m, 0
	}
	d.current = hookCall{m, now, d.cursor}
	return d.next(n)
}

// next advances to the next hook of the round.
func (d *dispatcher) next(n int) (int, bool) {
	i := d.cursor
	if i >= n {
		d.current.moment = 0
		d.moment = 0
		return 0, false
	}
	d.cursor++
	d.current.hook = i
	return i, true
}

// inHook reports whether the user code that just broke was a hook.
func (d *dispatcher) inHook() bool { return d.moment != 0 || d.inFaultHook }

// recordFault records that the current hook panicked or, with a nil value, exited.
func (d *dispatcher) recordFault(value any, stack []byte) {
	set, _ := d.run.listeners()
	f := d.run.newFault(set, d.moment, d.cursor-1, FaultPanic)
	if d.inFaultHook {
		f = d.run.newFault(set, MomentFault, d.faultCursor-1, FaultPanic)
	}
	f.Value, f.Stack = value, stack
	if value == nil {
		f.Kind = FaultGoexit
	}
	d.run.logFault(f)
	if d.inFaultHook {
		d.inFaultHook = false // no fault hook is called about it, or there would be no end
		return
	}
	d.pendingFaults = append(d.pendingFaults, f)
}

// callFaultHooks reports the pending faults. Every resume begins with it.
func (d *dispatcher) callFaultHooks() {
	for ; len(d.pendingFaults) > 0; d.pendingFaults = d.pendingFaults[1:] {
		set, ctx := d.run.listeners()
		hooks := set.fault
		for d.faultCursor < len(hooks) {
			i := d.faultCursor
			d.faultCursor++
			d.current = hookCall{MomentFault, d.run.now(), i}
			d.inFaultHook = true
			f := d.pendingFaults[0]
			f.Stack = bytes.Clone(f.Stack)
			hooks[i].hook.OnFault(ctx, f)
			d.inFaultHook = false
		}
		d.faultCursor = 0
	}
	d.current.moment = 0
}

// newFault describes a fault of hook i at a moment.
func (r *run) newFault(set *hookSet, m Moment, i int, kind FaultKind) Fault {
	if m == MomentFilter {
		set = r.registered
	}
	return Fault{
		Executor: r.start.Executor,
		RunID:    r.start.RunID,
		At:       r.at(r.now()),
		Hook:     set.name(m, i),
		Moment:   m,
		Kind:     kind,
	}
}

// logFault logs the first fault of a hook in a run; fault hooks count the others.
// Of a hook that breaks in every one of many short runs, one record a minute has a
// stack.
func (r *run) logFault(f Fault) {
	r.mu.Lock()
	first := !r.loggedFaults[f.Hook]
	if first {
		if r.loggedFaults == nil {
			r.loggedFaults = map[string]bool{}
		}
		r.loggedFaults[f.Hook] = true
	}
	r.mu.Unlock()
	if !first {
		return
	}
	_ = guard.Call(func() error { // the handler and the panic's value are user code
		args := []any{"hook", f.Hook, "moment", f.Moment.String(), "kind", string(f.Kind), "executor", f.Executor, "run", f.RunID}
		if f.Kind != FaultStuck {
			args = append(args, "value", guard.PanicText(f.Value))
			if r.exec.logsStack(f.Hook, f.At) {
				args = append(args, "stack", string(f.Stack))
			}
		}
		r.exec.config.log().ErrorContext(context.Background(), "chunkscope: a hook misbehaved; further faults of it in this run are not logged", args...)
		return nil
	})
}
