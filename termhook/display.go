package termhook

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

const (
	frameInterval = 100 * time.Millisecond // between two looks at what runs do
	endWait       = 25 * time.Millisecond  // that a run's end waits to be shown
	shutdownWait  = 8 * time.Second        // if the context says nothing

	// Of runs that end in quick succession, so many are told one by one and the
	// rest as a number.
	burst         = 8
	burstInterval = 5 * time.Second
	maxEnded      = 256 // that wait for a blocked writer
)

// display takes what happens in runs to the writer, on a goroutine of its own
// that exists while there is a run to show. Whoever else comes here touches
// memory only.
type display struct {
	lines *lines
	books books

	news   chan struct{} // something has changed
	urgent chan struct{} // something begins or ends

	mu      sync.Mutex
	active  []*run // in the order of their starts
	ended   []*run // not told yet
	running bool
	closed  bool
	idle    chan struct{} // closed when the goroutine has ended

	// The goroutine's own.
	face   face
	window time.Time // when the burst began
	burst  int       // ends told in it
	more   tally     // ends that were too many
}

// face is how runs look in one mode.
type face interface {
	// show returns the text for what has changed: the active runs, those that
	// ended, and how many ended besides. block is what stays below all text.
	show(now time.Time, active, ended []*run, more tally) (text string, block []string)
}

// tally counts runs by how they ended.
type tally struct{ runs, ok, failed, canceled int }

func (t *tally) add(o core.Outcome) {
	t.runs++
	switch o {
	case core.OutcomeOK:
		t.ok++
	case core.OutcomeCanceled:
		t.canceled++
	default:
		t.failed++
	}
}

func newDisplay(c *config) *display {
	d := &display{
		lines:  &lines{out: c.out, terminal: c.mode == ModeTTY},
		news:   make(chan struct{}, 1),
		urgent: make(chan struct{}, 1),
	}
	switch c.mode {
	case ModeTTY:
		d.face = newTTY(c)
	case ModeJSON:
		d.face = jsonFace{}
	case ModePlain:
		d.face = &plain{}
	}
	return d
}

// begin takes up a run.
func (d *display) begin(r *run) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.active = append(d.active, r)
	d.wake()
}

// wake makes the goroutine look, and starts it if there is none. d.mu is held.
func (d *display) wake() {
	signal(d.urgent)
	if !d.running {
		d.running = true
		d.idle = make(chan struct{})
		go d.serve(d.idle)
	}
}

// touch says that a run has changed.
func (d *display) touch() { signal(d.news) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // whoever listens will see this too
	}
}

// end passes a run on to be summed up.
func (d *display) end(r *run, e core.RunEnd) {
	if !d.enqueue(r, e) {
		return
	}
	wait := time.NewTimer(endWait)
	defer wait.Stop()
	select {
	case <-r.told:
	case <-wait.C: // the writer is slow or blocked; the run is not to be
	}
}

func (d *display) enqueue(r *run, e core.RunEnd) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !r.end(e) {
		return false
	}
	d.books.produce()
	d.active = slices.DeleteFunc(d.active, func(other *run) bool { return other == r })
	switch {
	case d.closed:
		d.books.drop("closed", 1)
		return false
	case len(d.ended) >= maxEnded:
		d.books.drop("queue_full", 1)
		return false
	}
	d.ended = append(d.ended, r)
	d.wake()
	return true
}

// serve is the goroutine.
func (d *display) serve(idle chan struct{}) {
	defer close(idle)
	for d.turn() {
		last := time.Now()
		var burstEnd <-chan time.Time
		if d.more.runs > 0 {
			burstEnd = time.After(time.Until(d.window.Add(burstInterval)))
		}
		select {
		case <-d.urgent:
		case <-burstEnd:
		case <-d.news:
			select {
			case <-d.urgent:
			case <-time.After(time.Until(last.Add(frameInterval))):
			}
		}
	}
}

// turn shows what there is to show, and tells whether to go on.
func (d *display) turn() bool {
	d.mu.Lock()
	active, ended, closed := slices.Clone(d.active), d.ended, d.closed
	d.ended = nil
	d.mu.Unlock()

	now := time.Now()
	ended, others, more := d.ration(now, ended, closed)
	err := d.show(now, active, ended, more, closed)
	d.books.wrote(len(ended)+more.runs, err)
	for _, r := range ended {
		close(r.told)
	}
	for _, r := range others {
		close(r.told)
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	d.running = len(d.active)+len(d.ended)+d.more.runs > 0 || d.closed && !closed
	return d.running
}

// ration divides the runs that ended into those to tell one by one and the
// others, and returns how many of these are due to be told as a number.
func (d *display) ration(now time.Time, ended []*run, closed bool) (told, others []*run, due tally) {
	if _, all := d.face.(jsonFace); all { // programs count for themselves
		return ended, nil, tally{}
	}
	over := now.Sub(d.window) >= burstInterval
	if over {
		d.window, d.burst = now, 0
	}
	n := min(len(ended), burst-d.burst)
	d.burst += n
	for _, r := range ended[n:] {
		d.more.add(r.ended.Outcome)
	}
	if over || closed {
		due, d.more = d.more, tally{}
	}
	return ended[:n], ended[n:], due
}

// show composes and writes. Foreign code runs here, the writer's.
func (d *display) show(now time.Time, active, ended []*run, more tally, closed bool) (err error) {
	return d.lines.locked(func() error {
		text, block := d.face.show(now, active, ended, more)
		if closed {
			text += d.lines.rest()
		}
		return d.lines.put(text, block)
	})
}

func (d *display) shutdown(ctx context.Context) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, shutdownWait)
		defer cancel()
	}
	d.mu.Lock()
	if !d.closed && d.face != nil {
		d.closed = true
		d.active = nil
		d.wake()
	}
	idle := d.idle
	d.mu.Unlock()
	if idle != nil {
		select {
		case <-idle:
		case <-ctx.Done():
		}
	}
	return d.books.close()
}
