package termhook

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/closing"
)

const (
	frameInterval  = 100 * time.Millisecond // between two frames
	endWait        = 25 * time.Millisecond  // the end of a run waits so long for its summary
	maxPendingEnds = 256                    // ends of runs that wait for a blocked writer
)

// display shows runs. One goroutine renders them and calls the writer. It
// exists while there is a run to show. All methods are safe for concurrent use,
// and those that events call touch memory only.
type display struct {
	writer   *lineWriter
	delivery deliveryStats

	changed chan struct{} // a run has changed
	urgent  chan struct{} // a run has started or ended, or the display is closed

	mu      sync.Mutex
	active  []*run // in the order of their starts
	ended   []*run // whose ends are not shown yet
	running bool   // the goroutine exists
	closed  bool
	stopped chan struct{} // closed when the goroutine has ended

	// Only the goroutine uses these.
	renderer renderer
	burst    burstLimiter
}

// renderer turns runs into text. There is one for each mode.
type renderer interface {
	// render returns the text for what has changed: the active runs, those that
	// ended, and the number of ends that are not shown one by one. The lines of
	// block stay below all text.
	render(now time.Time, active, ended []*run, suppressed outcomeCounts) (text string, block []string)
}

func newDisplay(c *config) *display {
	d := &display{
		writer:  &lineWriter{out: c.out, isTerminal: c.mode == ModeTTY},
		changed: make(chan struct{}, 1),
		urgent:  make(chan struct{}, 1),
	}
	switch c.mode {
	case ModeTTY:
		d.renderer = newTTYRenderer(c)
	case ModeJSON:
		d.renderer = jsonRenderer{c.page}
	case ModePlain:
		d.renderer = &plainRenderer{page: c.page}
	}
	return d
}

func (d *display) addRun(r *run) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.active = append(d.active, r)
	d.wakeLocked()
}

// wakeLocked has the goroutine render at once, and starts it if there is none.
func (d *display) wakeLocked() {
	notify(d.urgent)
	if !d.running {
		d.running = true
		d.stopped = make(chan struct{})
		go d.loop(d.stopped)
	}
}

// notifyChange has the goroutine render in its next frame.
func (d *display) notifyChange() { notify(d.changed) }

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // an earlier notification still waits
	}
}

// endRun shows the end of a run. It waits for the writer, for endWait at most: a
// slow writer must not hold up the run.
func (d *display) endRun(r *run, e core.RunEnd) {
	if !d.enqueueEnd(r, e) {
		return
	}
	timer := time.NewTimer(endWait)
	defer timer.Stop()
	select {
	case <-r.endWritten:
	case <-timer.C:
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

// loop is the goroutine. It closes stopped when it ends.
func (d *display) loop(stopped chan<- struct{}) {
	defer close(stopped)
	for d.writeChanges() {
		last := time.Now()
		select {
		case <-d.urgent:
		case <-d.burst.timer():
		case <-d.changed:
			select {
			case <-d.urgent:
			case <-time.After(time.Until(last.Add(frameInterval))):
			}
		}
	}
}

// writeChanges writes what has changed, and reports whether there is more to
// come.
func (d *display) writeChanges() bool {
	d.mu.Lock()
	active, ended, closed := slices.Clone(d.active), d.ended, d.closed
	d.ended = nil
	d.mu.Unlock()

	now := time.Now()
	shown, suppressed := len(ended), outcomeCounts{}
	if _, all := d.renderer.(jsonRenderer); !all { // programs want every run
		shown, suppressed = d.burst.limit(now, ended, closed)
	}
	err := d.write(now, active, ended[:shown], suppressed, closed)
	d.delivery.addWrite(shown+suppressed.runs, err)
	for _, r := range ended {
		close(r.endWritten)
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	d.running = len(d.active)+len(d.ended)+d.burst.suppressed.runs > 0 || d.closed && !closed
	return d.running
}

// write renders and writes. The last write ends with what is left of a log line.
func (d *display) write(now time.Time, active, ended []*run, suppressed outcomeCounts, last bool) error {
	return d.writer.locked(func() error {
		text, block := d.renderer.render(now, active, ended, suppressed)
		if last {
			text += d.writer.takePartialLine()
		}
		return d.writer.writeText(text, block)
	})
}

// shutdown closes the display and waits for the goroutine, at most until ctx
// ends.
func (d *display) shutdown(ctx context.Context) error {
	ctx, cancel := closing.Context(ctx)
	defer cancel()
	d.mu.Lock()
	if !d.closed && d.renderer != nil {
		d.closed = true
		d.active = nil
		d.wakeLocked()
	}
	stopped := d.stopped
	d.mu.Unlock()
	if stopped != nil {
		select {
		case <-stopped:
		case <-ctx.Done():
		}
	}
	return d.delivery.close()
}
