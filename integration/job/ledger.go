package main

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// keep is how many runs the ledger tells one by one. Totals hold all of them.
const keep = 200

// A Ledger is what the job counted itself, without any exporter.
type Ledger struct {
	Active bool             `json:"active"` // a run goes on
	Now    Entry            `json:"now"`    // what is known of it
	Runs   []Entry          `json:"runs"`   // that ended, oldest first
	Totals map[string]Count `json:"totals"` // of all runs, by outcome
}

// An Entry is one run.
type Entry struct {
	ID      string    `json:"id"`
	Input   string    `json:"input"` // what it reads: sound or broken
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Outcome string    `json:"outcome"`
	Items   int       `json:"items"`  // finished, failed ones included
	Failed  int       `json:"failed"` // items
	Chunks  int       `json:"chunks"`
	Bytes   int       `json:"bytes"` // that came out
}

// A Count counts what ended with one outcome.
type Count struct {
	Runs   int `json:"runs"`
	Chunks int `json:"chunks"`
	Items  int `json:"items"`
}

// book writes the ledger. Items are counted where the work is done; runs and
// chunks as core tells them, by a hook that shares nothing with the exporters.
// It is safe for concurrent use.
type book struct {
	mu sync.Mutex
	l  Ledger
}

var (
	_ core.HookRunStart = (*book)(nil)
	_ core.HookChunkEnd = (*book)(nil)
	_ core.HookRunEnd   = (*book)(nil)
)

func newBook() *book { return &book{l: Ledger{Totals: map[string]Count{}}} }

func (b *book) HookName() string { return "ledger" }

func (b *book) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.l.Active, b.l.Now = true, Entry{ID: e.RunID, Input: e.Attrs[inputAttr], Started: e.Started}
	return ctx
}

// item counts a file that is done with.
func (b *book) item(size int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.l.Now.Items++
	b.l.Now.Bytes += size
	outcome := core.OutcomeOK
	if err != nil {
		outcome = core.OutcomeError
		b.l.Now.Failed++
	}
	b.add(outcome, Count{Items: 1})
}

func (b *book) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.l.Now.Chunks++
	b.add(e.Outcome, Count{Chunks: 1})
}

func (b *book) OnRunEnd(_ context.Context, e core.RunEnd) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(e.Outcome, Count{Runs: 1})
	b.l.Now.Outcome, b.l.Now.Seconds = e.Outcome.String(), e.Duration.Seconds()
	b.l.Runs = append(b.l.Runs, b.l.Now)
	b.l.Runs = slices.Clone(b.l.Runs[max(0, len(b.l.Runs)-keep):])
	b.l.Active, b.l.Now = false, Entry{}
}

// add wants the lock held.
func (b *book) add(outcome core.Outcome, c Count) {
	sum := b.l.Totals[outcome.String()]
	b.l.Totals[outcome.String()] = Count{sum.Runs + c.Runs, sum.Chunks + c.Chunks, sum.Items + c.Items}
}

// read returns a copy.
func (b *book) read() Ledger {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.l
	l.Runs = append([]Entry{}, l.Runs...) // not nil: a list in JSON
	l.Totals = maps.Clone(l.Totals)
	return l
}
