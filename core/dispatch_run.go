package core

import (
	"context"
	"slices"
)

// runStartDispatch calls the start hooks of a run. It asks the filters first, and
// leaves out the hooks that they leave out.
type runStartDispatch struct {
	dispatcher
	decided  map[*predicate]bool // their answers
	kept     []registeredHook
	finished chan struct{}
}

func (d *runStartDispatch) resume() {
	r := d.run
	d.callFaultHooks()
	for i, ok := d.first(MomentFilter, r.set.filters(), r.now()); ok; i, ok = d.next(len(r.set.hooks)) {
		h := r.set.hooks[i]
		d.kept = append(d.kept, h) // a hook whose predicate breaks is kept
		for _, p := range h.predicates {
			if !d.keeps(p) {
				d.kept = d.kept[:len(d.kept)-1]
				break
			}
		}
	}
	if r.set.filtered {
		set := newHookSet(unfiltered(d.kept))
		r.mu.Lock()
		r.set = set
		r.mu.Unlock()
	}
	hooks := r.set.runStart
	for i, ok := d.first(MomentRunStart, len(hooks), r.now()); ok; i, ok = d.next(len(hooks)) {
		r.startCtxs = append(r.startCtxs, r.startCtxs[i]) // which stays if the hook breaks
		r.startCtxs[i+1] = mergeContext(r.startCtxs[i], hooks[i].hook.OnRunStart(r.startCtxs[i], r.event()), r.runCtx)
	}
	r.workCtx = r.startCtxs[len(hooks)]
}

// keeps asks a predicate, once: it may decide for several hooks.
func (d *runStartDispatch) keeps(p *predicate) bool {
	kept, asked := d.decided[p]
	if !asked {
		if d.decided == nil {
			d.decided = map[*predicate]bool{}
		}
		d.decided[p] = true // the answer of one that breaks
		kept = p.keep(d.run.event())
		d.decided[p] = kept
	}
	return kept
}

func unfiltered(all []registeredHook) []registeredHook {
	for i := range all {
		all[i].predicates = nil
	}
	return all
}

func (d *runStartDispatch) recovered(value any, stack []byte) { d.recordFault(value, stack) }
func (d *runStartDispatch) done()                             { close(d.finished) }

// runEndDispatch calls the end hooks of a run.
type runEndDispatch struct {
	dispatcher
	finished chan struct{}
}

func (d *runEndDispatch) resume() {
	r := d.run
	d.callFaultHooks()
	hooks := r.set.runEnd
	for i, ok := d.first(MomentRunEnd, len(hooks), r.now()); ok; i, ok = d.next(len(hooks)) {
		e := r.end
		e.RunStart = r.event()
		e.Custom = slices.Clone(e.Custom)
		hooks[i].hook.OnRunEnd(context.WithoutCancel(r.startCtxs[hooks[i].startsBefore]), e)
	}
}

func (d *runEndDispatch) recovered(value any, stack []byte) { d.recordFault(value, stack) }
func (d *runEndDispatch) done()                             { close(d.finished) }
