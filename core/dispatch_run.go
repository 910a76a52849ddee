package core

import "context"

// runStartDispatch calls the start of a run: it asks the filters, then calls the hooks
// that are left.
type runStartDispatch struct {
	post
	asked  map[*predicate]bool // what they said
	kept   []leaf
	opened chan struct{}
}

func (o *runStartDispatch) round() {
	r := o.run
	o.tellFaults()
	for i, ok := o.enter(MomentFilter, r.set.filters(), r.now()); ok; i, ok = o.step(len(r.set.leaves)) {
		l := r.set.leaves[i]
		o.kept = append(o.kept, l) // also if a predicate breaks
		for _, f := range l.keep {
			if !o.keeps(f) {
				o.kept = o.kept[:len(o.kept)-1]
				break
			}
		}
	}
	if r.set.filtered {
		set := newHookSet(unfiltered(o.kept))
		r.mu.Lock()
		r.set = set
		r.mu.Unlock()
	}
	hooks := r.set.runStart
	for i, ok := o.enter(MomentRunStart, len(hooks), r.now()); ok; i, ok = o.step(len(hooks)) {
		r.ctxs = append(r.ctxs, r.ctxs[i]) // what stays if the hook breaks
		r.ctxs[i+1] = adopt(r.ctxs[i], hooks[i].hook.OnRunStart(r.ctxs[i], r.event()), r.until)
	}
	r.ctx = r.ctxs[len(hooks)]
}

// keeps asks a filter, once: it may decide for several hooks.
func (o *runStartDispatch) keeps(f *predicate) bool {
	kept, asked := o.asked[f]
	if !asked {
		if o.asked == nil {
			o.asked = map[*predicate]bool{}
		}
		o.asked[f] = true // also if it breaks
		kept = f.keep(o.run.event())
		o.asked[f] = kept
	}
	return kept
}

func unfiltered(all []leaf) []leaf {
	for i := range all {
		all[i].keep = nil
	}
	return all
}

func (o *runStartDispatch) broke(value any, stack []byte) { o.fault(value, stack) }
func (o *runStartDispatch) over()                         { close(o.opened) }

// runEndDispatch calls the end of a run.
type runEndDispatch struct {
	post
	closed chan struct{}
}

func (c *runEndDispatch) round() {
	r := c.run
	c.tellFaults()
	hooks := r.set.runEnd
	for i, ok := c.enter(MomentRunEnd, len(hooks), r.now()); ok; i, ok = c.step(len(hooks)) {
		e := r.end
		e.RunStart = r.event()
		hooks[i].hook.OnRunEnd(context.WithoutCancel(r.ctxs[hooks[i].before]), e)
	}
}

func (c *runEndDispatch) broke(value any, stack []byte) { c.fault(value, stack) }
func (c *runEndDispatch) over()                         { close(c.closed) }
