package core

import (
	"context"
	"iter"
	"sync"
)

// pipe is the way of a stream's items: the source fills batches, the workers
// take each as a chunk, and the loop takes them in the source's order.
type pipe[T, R any] struct {
	run   *run
	body  func(*worker) error
	whole bool
	timed bool           // sizes follow the clock
	taken []*batch[T, R] // by each worker

	mu      sync.Mutex
	size    int            // a batch of so many items goes to the workers
	limit   int            // of size
	filling *batch[T, R]   // takes items; a worker with nothing else to do takes it as it is
	ready   []*batch[T, R] // for the workers
	order   []*batch[T, R] // not yet yielded
	spare   []*batch[T, R] // to be filled again
	idle    int            // workers that wait and that nothing is ready for
	chunks  int            // batches begun
	items   int            // items in them
	drained bool           // the source gives no more
	cut     bool           // though it had not ended
	through bool           // the workers are

	room   sync.Cond // for the source: a batch was yielded
	filled sync.Cond // for the workers: a batch is ready, or there will be no more
	worked sync.Cond // for the loop: a batch is finished, or none will be

	sourceErr error
	all       sync.WaitGroup // source and workers
	unwatch   func() bool
}

// batch is a chunk of a stream.
type batch[T, R any] struct {
	chunk, offset int
	in            []T
	out           []R
	errs          map[int]error // of failed units
	finished      int           // units
	done          bool          // no more units will be finished
}

func (b *batch[T, R]) units(whole bool) int {
	if whole {
		return 1
	}
	return len(b.in)
}

// start sets source and workers going.
func (p *pipe[T, R]) start(r *run, src iter.Seq2[T, error]) {
	p.run = r
	p.taken = make([]*batch[T, R], r.start.Workers)
	p.room.L, p.filled.L, p.worked.L = &p.mu, &p.mu, &p.mu
	p.unwatch = context.AfterFunc(r.ctx, p.wake)
	p.all.Add(2)
	go survive(&puller[T, R]{pipe: p, src: src})
	go func() {
		r.work(p.body)
		p.mu.Lock()
		p.through = true
		p.mu.Unlock()
		p.wake()
		p.all.Done()
	}()
}

// wait returns when source and workers are through.
func (p *pipe[T, R]) wait() {
	p.all.Wait()
	p.unwatch()
}

// wake lets everybody look again whether the run was halted.
func (p *pipe[T, R]) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.room.Broadcast()
	p.filled.Broadcast()
	p.worked.Broadcast()
}

// puller runs the source, which is foreign code.
type puller[T, R any] struct {
	pipe  *pipe[T, R]
	src   iter.Seq2[T, error]
	began bool
	err   error
}

func (s *puller[T, R]) round() {
	if s.began {
		return // it broke
	}
	s.began = true
	for v, err := range s.src {
		if err != nil {
			s.err = err
			return
		}
		if !s.pipe.put(v) {
			return
		}
	}
}

func (s *puller[T, R]) broke(value any, stack []byte) {
	s.err = ErrGoexit
	if value != nil {
		s.err = &PanicError{value, stack}
	}
}

func (s *puller[T, R]) over() {
	p := s.pipe
	p.mu.Lock()
	p.sourceErr = s.err
	p.drained = true
	// A source that ends after the context did may have ended because of it. The
	// given one ends a moment before the run's.
	p.cut = p.cut || p.run.ctx.Err() != nil || p.run.given.Err() != nil
	p.mu.Unlock()
	p.wake()
	p.all.Done()
}

// put takes an item from the source. It returns false if no more are wanted.
func (p *pipe[T, R]) put(v T) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.filling == nil && len(p.order) >= 2*len(p.taken) && p.run.ctx.Err() == nil {
		p.room.Wait()
	}
	if p.run.ctx.Err() != nil {
		p.cut = true
		return false
	}
	if p.filling == nil {
		p.filling = p.newBatch()
		p.order = append(p.order, p.filling)
	}
	p.filling.in = append(p.filling.in, v)
	p.items++
	if len(p.filling.in) >= p.size || p.idle > 0 {
		p.ready = append(p.ready, p.filling)
		p.filling = nil
		p.idle = max(0, p.idle-1)
		p.filled.Signal()
	}
	return true
}

func (p *pipe[T, R]) newBatch() *batch[T, R] {
	var b *batch[T, R]
	if n := len(p.spare); n > 0 {
		b, p.spare = p.spare[n-1], p.spare[:n-1]
	} else {
		b = &batch[T, R]{}
	}
	b.chunk, b.offset = p.chunks, p.items
	p.chunks++
	return b
}

// claim implements feed.
func (p *pipe[T, R]) claim(w *worker) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		b := p.filling
		switch {
		case w.halted():
			return false
		case len(p.ready) > 0:
			b = shift(&p.ready)
		case b != nil:
			p.filling = nil
		case p.drained:
			return false
		default:
			p.idle++
			p.filled.Wait() // put counts it out again
			w.began = p.run.now()
			continue
		}
		p.taken[w.id] = b
		w.setChunk(b.chunk, b.offset, len(b.in))
		return true
	}
}

// failed implements feed.
func (p *pipe[T, R]) failed(w *worker, err error) {
	b := p.taken[w.id]
	if b.errs == nil {
		b.errs = map[int]error{}
	}
	b.errs[w.pos] = err
}

// finished implements feed.
func (p *pipe[T, R]) finished(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.taken[w.id]
	b.finished, b.done = w.pos, true
	if p.timed {
		p.size = min(w.want, p.limit)
	}
	p.worked.Signal()
}

// next waits for the next batch in order. It returns nil when there is none,
// or none will be finished.
func (p *pipe[T, R]) next() *batch[T, R] {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if len(p.order) > 0 && p.order[0].done {
			return p.order[0]
		}
		if p.through {
			return nil
		}
		p.worked.Wait()
	}
}

// yielded takes b, the first in order, out of the pipe and keeps its memory,
// unless the user's function may have kept it.
func (p *pipe[T, R]) yielded(b *batch[T, R]) {
	if p.whole {
		*b = batch[T, R]{}
	} else {
		clear(b.in)
		clear(b.out)
		*b = batch[T, R]{in: b.in[:0], out: b.out}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	shift(&p.order)
	p.spare = append(p.spare, b)
	p.room.Signal()
}

// shift takes the first element out of a short queue and keeps its memory.
func shift[E any](queue *[]E) E {
	q := *queue
	first := q[0]
	copy(q, q[1:])
	clear(q[len(q)-1:])
	*queue = q[:len(q)-1]
	return first
}
