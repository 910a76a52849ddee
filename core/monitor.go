package core

import (
	"math"
	"time"
)

// monitor calls the progress hooks of a run, on a goroutine of its own, so that
// no chunk waits for them. It exists only if there is a progress hook.
type monitor struct {
	dispatcher
	interval, heartbeat time.Duration
	timer               *time.Timer
	chunkEnded          chan struct{} // a chunk has ended; nil if there is an interval
	stopping            chan struct{}
	stopped             chan struct{}

	last      Progress    // the newest one
	version   int         // of last
	final     bool        // last is the run's last
	delivered []delivered // what each hook got
	rate      rateWindow

	workers      int           // at the last look
	chunkEndedAt time.Duration // Elapsed when the number of ended chunks last changed
	slow         slowName      // the last one
}

// delivered is the last Progress that a hook got.
type delivered struct {
	version int
	at      time.Duration
}

func startMonitor(r *run) *monitor {
	m := &monitor{
		dispatcher: dispatcher{run: r},
		interval:   r.exec.config.interval,
		heartbeat:  max(r.exec.config.interval, r.exec.config.heartbeat),
		stopping:   make(chan struct{}),
		stopped:    make(chan struct{}),
		delivered:  make([]delivered, len(r.set.progress)),
	}
	if m.interval == 0 {
		m.chunkEnded = make(chan struct{}, 1)
	}
	m.timer = time.NewTimer(m.pause())
	r.track(&m.dispatcher)
	go runResumable(m)
	return m
}

// notify lets the monitor, if there is one, know that a chunk has ended.
func (m *monitor) notify() {
	if m == nil || m.chunkEnded == nil {
		return
	}
	select {
	case m.chunkEnded <- struct{}{}:
	default: // the notification that waits covers this chunk too
	}
}

// stop delivers the last value and waits until that is done.
func (m *monitor) stop() {
	close(m.stopping)
	<-m.stopped
}

func (m *monitor) resume() {
	m.callFaultHooks()
	if m.moment == MomentProgress {
		m.deliver()
	}
	for !m.final {
		m.timer.Reset(m.pause()) // here, as a resume after a broken hook begins here too
		select {
		case <-m.stopping:
			m.final = true
		case <-m.chunkEnded:
		case <-m.timer.C:
		}
		if m.refresh() {
			m.deliver()
		}
	}
	m.timer.Stop()
}

func (m *monitor) recovered(value any, stack []byte) { m.recordFault(value, stack) }
func (m *monitor) done()                             { close(m.stopped) }

// pause returns the time to the next refresh: an interval, or less up to the next
// heartbeat.
func (m *monitor) pause() time.Duration {
	heartbeat := m.last.Elapsed + m.heartbeat - m.run.now()
	if m.interval == 0 {
		return heartbeat
	}
	return min(m.interval, max(heartbeat, 0))
}

// refresh takes a new Progress if something has changed or a heartbeat is due. It
// reports whether a hook has not got the newest one.
func (m *monitor) refresh() bool {
	p := m.snapshot()
	changed := m.version == 0 || p.ItemsDone != m.last.ItemsDone || p.ItemsFailed != m.last.ItemsFailed ||
		p.Chunks != m.last.Chunks || p.ChunksActive != m.last.ChunksActive || p.ChunksWaiting != m.last.ChunksWaiting
	if changed || p.Elapsed-m.last.Elapsed >= m.heartbeat {
		m.version++
		m.last = p
	}
	for _, v := range m.delivered {
		if v.version != m.version {
			return true
		}
	}
	return false
}

// deliver calls the progress hooks that have not got the newest Progress, unless
// Every holds it back.
func (m *monitor) deliver() {
	hooks := m.run.set.progress
	for i, ok := m.first(MomentProgress, len(hooks), m.run.now()); ok; i, ok = m.next(len(hooks)) {
		v, now := &m.delivered[i], m.run.now()
		if v.version == m.version || !m.final && v.version > 0 && now-v.at < hooks[i].every {
			continue
		}
		v.version, v.at = m.version, now
		hooks[i].hook.OnProgress(m.run.hookCtx, m.last)
	}
}

// snapshot adds up the workers' live counters.
func (m *monitor) snapshot() Progress {
	r := m.run
	now := max(r.now(), m.last.Elapsed+1) // it grows, even if the clock did not move
	p := Progress{
		Executor: r.start.Executor,
		RunID:    r.start.RunID,
		At:       r.at(now),
		Items:    r.start.Items,
		Elapsed:  now,
	}
	oldest := activeChunk{since: math.MaxInt64}
	r.mu.Lock()
	m.workers = len(r.workers)
	for _, w := range r.workers {
		p.ItemsFailed += int(w.failures.Load()) // before the items, so that it is never larger
		p.Chunks += int(w.chunks.Load())
		p.ItemsDone += int(w.items.Load())
		c := w.look()
		if c.waiting {
			p.ChunksWaiting++
		}
		if c.since > 0 {
			p.ChunksActive++
			if c.since < oldest.since {
				oldest = c
			}
		}
	}
	r.mu.Unlock()
	p.OldestChunk = m.oldestChunk(oldest, &p)
	p.ItemsDone = max(p.ItemsDone, m.last.ItemsDone)
	p.AverageThroughput = float64(p.ItemsDone) / now.Seconds()
	p.Throughput = m.rate.add(now, p.ItemsDone)
	p.Remaining = estimate(&p, max(1, r.start.Workers))
	return p
}
