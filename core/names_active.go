package core

import (
	"time"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// A chunk is slow, and worth a name, once it has lasted slowFactor times as long as
// chunks did on average, and for slowAfter; before any chunk has ended, from
// slowFirstAfter on.
const (
	slowFactor     = 3
	slowAfter      = time.Second
	slowFirstAfter = 10 * time.Second
)

// ActiveChunk is a chunk that is being worked on.
type ActiveChunk struct {
	// Chunk, Offset, Items and Worker are those of ChunkStart.
	Chunk, Offset, Items, Worker int
	// Started is the start of its work, the zero time if there is no chunk.
	Started time.Time
	// Name is set once the chunk is slow: it lasts for a second and three times as long
	// as chunks do on average, or for ten seconds if none has ended. It is the name of
	// the item that is being worked on, or that of the chunk, see NameFrom. Of items
	// under 10 µs, up to 16 may be meant, and it has the first and the last of them.
	Name string
}

// activeChunk is a chunk as the monitor has found it.
type activeChunk struct {
	worker              *worker // nil if there is none
	since               int64   // run time at the start of its work, plus one; 0 if there is none
	waiting             bool    // nothing works on it at the moment
	chunk, offset, size int
}

// look returns the worker's chunk. The number and the start belong together, unless
// chunks end faster than they can be read.
func (w *worker) look() activeChunk {
	c := activeChunk{worker: w, since: w.activeSince.Load()}
	for range 4 {
		c.chunk, c.offset, c.size = w.place()
		now := w.activeSince.Load()
		if now == c.since || now == 0 {
			break
		}
		c.since = now
	}
	if remote := w.remote.Load(); remote != nil && c.since > 0 {
		remote.adjust(&c)
	}
	return c
}

// slowName is the name of a slow chunk, kept as long as it does not change.
type slowName struct {
	activeChunk
	items itemRange
	name  string
}

// oldestChunk describes the oldest active chunk of a Progress.
func (m *monitor) oldestChunk(c activeChunk, p *Progress) ActiveChunk {
	if c.worker == nil {
		return ActiveChunk{}
	}
	began := time.Duration(c.since - 1)
	return ActiveChunk{
		Chunk: c.chunk, Offset: c.offset, Items: c.size, Worker: c.worker.id,
		Started: m.run.at(began), Name: m.nameIfSlow(c, p.Elapsed-began, p),
	}
}

// nameIfSlow returns the name of a slow chunk.
func (m *monitor) nameIfSlow(c activeChunk, age time.Duration, p *Progress) string {
	if p.Chunks != m.last.Chunks || m.chunkEndedAt == 0 {
		m.chunkEndedAt = p.Elapsed
	}
	usual := time.Duration(0)
	if p.Chunks > 0 { // at most, as workers may have waited
		inThisChunk := max(0, m.chunkEndedAt-(p.Elapsed-age))
		worked := float64(m.chunkEndedAt)*float64(m.workers) - float64(inThisChunk)
		usual = time.Duration(min(worked/float64(p.Chunks), float64(age))) // so that it does not overflow
	}
	if !m.run.named || age < slowAfter || p.Chunks == 0 && age < slowFirstAfter || age < slowFactor*usual {
		return ""
	}
	items := c.worker.currentItems(c)
	if m.slow.activeChunk != c || m.slow.items != items {
		m.slow = slowName{c, items, c.worker.activeName(items)}
	}
	return m.slow.name
}

// currentItems returns the items that may be the one being worked on, or all items of
// a chunk that is worked on as a whole.
func (w *worker) currentItems(c activeChunk) itemRange {
	end := c.offset + c.size
	if w.run.chunkFunc {
		return itemRange{c.offset, end}
	}
	start := c.offset + int(w.items.Load()-w.base.Load())
	start = max(c.offset, min(start, end-1))
	return itemRange{start, min(end, start+int(max(1, w.lag.Load())))}
}

// activeName returns the name of items of w's chunk, or that of a chunk of Run.Chunk.
func (w *worker) activeName(items itemRange) (name string) {
	if w.run.source != nil {
		return w.rangeName(items)
	}
	if ctx := w.callCtx.Load(); ctx != nil {
		_ = guard.Call(func() error { name = contextName(ctx); return nil }) // the context may be user code
	}
	return name
}
