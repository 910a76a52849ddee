package core

import (
	"math"
	"time"
)

// monitor tells a run's progress, on a goroutine of its own so that no chunk
// ever waits for a progress hook. It exists only if there is one.
type monitor struct {
	post
	interval, heartbeat time.Duration
	timer               *time.Timer
	chunkEnded          chan struct{} // nudges it if there is no interval
	closing             chan struct{}
	closed              chan struct{}

	last    Progress // the newest one made
	version int      // counts them
	final   bool     // last is the run's last
	seen    []view   // what each hook got
	rate    rateWindow
}

// view is what a progress hook has been told.
type view struct {
	version int
	at      time.Duration
}

func startMonitor(r *run) *monitor {
	m := &monitor{
		post:      post{run: r},
		interval:  r.exec.config.interval,
		heartbeat: max(r.exec.config.interval, r.exec.config.heartbeat),
		closing:   make(chan struct{}),
		closed:    make(chan struct{}),
		seen:      make([]view, len(r.set.progress)),
	}
	if m.interval == 0 {
		m.chunkEnded = make(chan struct{}, 1)
	}
	m.timer = time.NewTimer(m.pause())
	r.watch(&m.post)
	go survive(m)
	return m
}

// nudge tells the monitor, if there is one, that a chunk has ended.
func (m *monitor) nudge() {
	if m == nil || m.chunkEnded == nil {
		return
	}
	select {
	case m.chunkEnded <- struct{}{}:
	default: // it will see this chunk too
	}
}

// stop makes the monitor tell the last value and waits until that is done.
func (m *monitor) stop() {
	close(m.closing)
	<-m.closed
}

func (m *monitor) round() {
	m.tellFaults()
	if m.moment == MomentProgress {
		m.tell()
	}
	for !m.final {
		m.timer.Reset(m.pause()) // here, where also a round comes that a hook broke
		select {
		case <-m.closing:
			m.final = true
		case <-m.chunkEnded:
		case <-m.timer.C:
		}
		if m.look() {
			m.tell()
		}
	}
	m.timer.Stop()
}

func (m *monitor) broke(value any, stack []byte) { m.fault(value, stack) }
func (m *monitor) over()                         { close(m.closed) }

// pause is the time to the next look: never less than an interval after a
// Progress, and not past the next heartbeat.
func (m *monitor) pause() time.Duration {
	heartbeat := m.last.Elapsed + m.heartbeat - m.run.now()
	if m.interval == 0 {
		return heartbeat
	}
	return min(m.interval, max(heartbeat, 0))
}

// look makes a new Progress if there is something new, a heartbeat is due, or
// some hook has not been told the last one.
func (m *monitor) look() bool {
	p := m.snapshot()
	changed := m.version == 0 || p.ItemsDone != m.last.ItemsDone || p.ItemsFailed != m.last.ItemsFailed ||
		p.Chunks != m.last.Chunks || p.ChunksActive != m.last.ChunksActive
	if changed || p.Elapsed-m.last.Elapsed >= m.heartbeat {
		m.version++
		m.last = p
	}
	for _, v := range m.seen {
		if v.version != m.version {
			return true
		}
	}
	return false
}

// tell calls the progress hooks that have not been told the newest value,
// unless Every asks to wait.
func (m *monitor) tell() {
	hooks := m.run.set.progress
	for i, ok := m.enter(MomentProgress, len(hooks), m.run.now()); ok; i, ok = m.step(len(hooks)) {
		v, now := &m.seen[i], m.run.now()
		if v.version == m.version || !m.final && v.version > 0 && now-v.at < hooks[i].every {
			continue
		}
		v.version, v.at = m.version, now
		hooks[i].hook.OnProgress(m.run.telling, m.last)
	}
}

// snapshot adds up what the workers' meters show.
func (m *monitor) snapshot() Progress {
	r := m.run
	now := max(r.now(), m.last.Elapsed+1) // grows, even where the clock did not move
	p := Progress{
		Executor: r.start.Executor,
		RunID:    r.start.RunID,
		At:       r.at(now),
		Items:    r.start.Items,
		Elapsed:  now,
	}
	oldest := int64(math.MaxInt64)
	r.mu.Lock()
	for _, w := range r.workers {
		p.ItemsFailed += int(w.failures.Load()) // before the items, so that it is never more than they are
		p.Chunks += int(w.chunks.Load())
		p.ItemsDone += int(w.items.Load())
		if since := w.active.Load(); since > 0 {
			p.ChunksActive++
			oldest = min(oldest, since-1)
		}
	}
	r.mu.Unlock()
	if p.ChunksActive > 0 {
		p.OldestChunkStart = r.at(time.Duration(oldest))
	}
	p.ItemsDone = max(p.ItemsDone, m.last.ItemsDone)
	p.AverageThroughput = float64(p.ItemsDone) / now.Seconds()
	p.Throughput = m.rate.add(now, p.ItemsDone)
	p.Remaining = estimate(&p, max(1, r.start.Workers))
	return p
}
