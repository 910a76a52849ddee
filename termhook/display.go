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
	maxBurst         = 8
	burstInterval = 5 * time.Second
	maxPendingEnds      = 256 // that wait for a blocked writer
)

// display takes what happens in runs to the writer, on a goroutine of its own
// that exists while there is a run to show. Whoever else comes here touches
// memory only.
type display struct {
	writer *lineWriter
	delivery deliveryStats

	changed   chan struct{} // something has changed
	urgent chan struct{} // something begins or ends

	mu      sync.Mutex
	active  []*run // in the order of their starts
	ended   []*run // not told yet
	running bool
	closed  bool
	stopped    chan struct{} // closed when the goroutine has ended

	// The goroutine's own.
	renderer   renderer
	burstStart time.Time // when the burst began
	burstCount  int       // ends told in it
	suppressed   outcomeCounts     // ends that were too many
}

// face is how runs look in one mode.
type renderer interface {
	// show returns the text for what has changed: the active runs, those that
	// ended, and how many ended besides. block is what stays below all text.
	render(now time.Time, active, ended []*run, more outcomeCounts) (text string, block []string)
}

// tally counts runs by how they ended.
type outcomeCounts struct{ runs, ok, failed, canceled int }

func (t *outcomeCounts) add(o core.Outcome) {
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
		writer:  &lineWriter{out: c.out, isTerminal: c.mode == ModeTTY},
		changed:   make(chan struct{}, 1),
		urgent: make(chan struct{}, 1),
	}
	switch c.mode {
	case ModeTTY:
		d.renderer = newTTYRenderer(c)
	case ModeJSON:
		d.renderer = jsonRenderer{}
	case ModePlain:
		d.renderer = &plainRenderer{}
	}
	return d
}

// begin takes up a run.
func (d *display) addRun(r *run) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.active = append(d.active, r)
	d.wakeLocked()
}

// wake makes the goroutine look, and starts it if there is none. d.mu is held.
func (d *display) wakeLocked() {
	notify(d.urgent)
	if !d.running {
		d.running = true
		d.stopped = make(chan struct{})
		go d.loop(d.stopped)
	}
}

// touch says that a run has changed.
func (d *display) notifyChange() { notify(d.changed) }

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // whoever listens will see this too
	}
}

// end passes a run on to be summed up.
func (d *display) endRun(r *run, e core.RunEnd) {
	if !d.enqueueEnd(r, e) {
		return
	}
	wait := time.NewTimer(endWait)
	defer wait.Stop()
	select {
	case <-r.endWritten:
	case <-wait.C: // the writer is slow or blocked; the run is not to be
	}
}

func (d *display) enqueueEnd(r *run, e core.RunEnd) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !r.setEnd(e) {
		return false
	}
	d.delivery.addProduced()
	d.active = slices.DeleteFunc(d.active, func(other *run) bool { return other == r })
	switch {
	case d.closed:
		d.delivery.addDropped("closed", 1)
		return false
	case len(d.ended) >= maxPendingEnds:
		d.delivery.addDropped("queue_full", 1)
		return false
	}
	d.ended = append(d.ended, r)
	d.wakeLocked()
	return true
}

// serve is the goroutine.
func (d *display) loop(idle chan struct{}) {
	defer close(idle)
	for d.writeChanges() {
		last := time.Now()
		var burstEnd <-chan time.Time
		if d.suppressed.runs > 0 {
			burstEnd = time.After(time.Until(d.burstStart.Add(burstInterval)))
		}
		select {
		case <-d.urgent:
		case <-burstEnd:
		case <-d.changed:
			select {
			case <-d.urgent:
			case <-time.After(time.Until(last.Add(frameInterval))):
			}
		}
	}
}

// turn shows what there is to show, and tells whether to go on.
func (d *display) writeChanges() bool {
	d.mu.Lock()
	active, ended, closed := slices.Clone(d.active), d.ended, d.closed
	d.ended = nil
	d.mu.Unlock()

	now := time.Now()
	ended, others, more := d.limitBurst(now, ended, closed)
	err := d.write(now, active, ended, more, closed)
	d.delivery.addWrite(len(ended)+more.runs, err)
	for _, r := range ended {
		close(r.endWritten)
	}
	for _, r := range others {
		close(r.endWritten)
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	d.running = len(d.active)+len(d.ended)+d.suppressed.runs > 0 || d.closed && !closed
	return d.running
}

// ration divides the runs that ended into those to tell one by one and the
// others, and returns how many of these are due to be told as a number.
func (d *display) limitBurst(now time.Time, ended []*run, closed bool) (told, others []*run, due outcomeCounts) {
	if _, all := d.renderer.(jsonRenderer); all { // programs count for themselves
		return ended, nil, outcomeCounts{}
	}
	over := now.Sub(d.burstStart) >= burstInterval
	if over {
		d.burstStart, d.burstCount = now, 0
	}
	n := min(len(ended), maxBurst-d.burstCount)
	d.burstCount += n
	for _, r := range ended[n:] {
		d.suppressed.add(r.ended.Outcome)
	}
	if over || closed {
		due, d.suppressed = d.suppressed, outcomeCounts{}
	}
	return ended[:n], ended[n:], due
}

// show composes and writes. Foreign code runs here, the writer's.
func (d *display) write(now time.Time, active, ended []*run, more outcomeCounts, closed bool) (err error) {
	return d.writer.locked(func() error {
		text, block := d.renderer.render(now, active, ended, more)
		if closed {
			text += d.writer.takePartialLine()
		}
		return d.writer.writeText(text, block)
	})
}

func (d *display) shutdown(ctx context.Context) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, shutdownWait)
		defer cancel()
	}
	d.mu.Lock()
	if !d.closed && d.renderer != nil {
		d.closed = true
		d.active = nil
		d.wakeLocked()
	}
	idle := d.stopped
	d.mu.Unlock()
	if idle != nil {
		select {
		case <-idle:
		case <-ctx.Done():
		}
	}
	return d.delivery.close()
}
