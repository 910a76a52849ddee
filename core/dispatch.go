package core

import (
	"bytes"
	"context"
	"time"
)

// post is the place of a goroutine from which it calls hooks. It knows which
// hook is being called, so that one that panics, exits or does not come back
// can be named and the others are still called.
//
// A round of calls looks like this; taken up again, it goes on after the hook
// that broke it, because the place moves before the call:
//
//	for i, ok := p.enter(m, n, now); ok; i, ok = p.step(n) {
//		hooks[i].hook.OnMoment(ctx, e)
//	}
type post struct {
	run    *run
	moment Moment // of the round under way, 0 if there is none
	next   int    // the hook to call next in that round

	faults   []Fault // to be told to the fault hooks
	faultAt  int     // the fault hook to call next about the first of them
	inFault  bool    // a fault hook is being called
	sentinel         // what the watchdog sees of all this
}

// enter begins a round of calls to n hooks, or goes on with it.
func (p *post) enter(m Moment, n int, now time.Duration) (int, bool) {
	if n == 0 {
		return 0, false
	}
	if p.moment != m {
		p.moment, p.next = m, 0
	}
	p.at = call{m, now, p.next}
	return p.step(n)
}

// step moves on to the next hook of the round.
func (p *post) step(n int) (int, bool) {
	i := p.next
	if i >= n {
		p.at.moment = 0
		p.moment = 0
		return 0, false
	}
	p.next++
	p.at.hook = i
	return i, true
}

// inHook reports whether foreign code that just broke was a hook.
func (p *post) inHook() bool { return p.moment != 0 || p.inFault }

// fault notes that the hook being called panicked or, with a nil value, exited.
func (p *post) fault(value any, stack []byte) {
	set, _ := p.run.listeners()
	f := p.run.newFault(set, p.moment, p.next-1, FaultPanic)
	if p.inFault {
		f = p.run.newFault(set, MomentFault, p.faultAt-1, FaultPanic)
	}
	f.Value, f.Stack = value, stack
	if value == nil {
		f.Kind = FaultGoexit
	}
	p.run.logFault(f)
	if p.inFault {
		p.inFault = false // and nobody is told, or it would never end
		return
	}
	p.faults = append(p.faults, f)
}

// tellFaults calls the fault hooks about what fault noted. Rounds begin with it.
func (p *post) tellFaults() {
	for ; len(p.faults) > 0; p.faults = p.faults[1:] {
		set, ctx := p.run.listeners()
		hooks := set.fault
		for p.faultAt < len(hooks) {
			i := p.faultAt
			p.faultAt++
			p.at = call{MomentFault, p.run.now(), i}
			p.inFault = true
			f := p.faults[0]
			f.Stack = bytes.Clone(f.Stack)
			hooks[i].hook.OnFault(ctx, f)
			p.inFault = false
		}
		p.faultAt = 0
	}
	p.at.moment = 0
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

// logFault logs the first fault of a hook in a run; the others are for the
// fault hooks to count. A logger that panics is not our user's problem either.
func (r *run) logFault(f Fault) {
	r.mu.Lock()
	first := !r.faulty[f.Hook]
	if first {
		if r.faulty == nil {
			r.faulty = map[string]bool{}
		}
		r.faulty[f.Hook] = true
	}
	r.mu.Unlock()
	if !first {
		return
	}
	defer func() { _ = recover() }()
	args := []any{"hook", f.Hook, "moment", f.Moment.String(), "kind", string(f.Kind), "executor", f.Executor, "run", f.RunID}
	if f.Kind != FaultStuck {
		args = append(args, "value", panicText(f.Value), "stack", string(f.Stack))
	}
	r.exec.config.log().ErrorContext(context.Background(), "chunkscope: a hook misbehaved; further faults of it in this run are not logged", args...)
}
