package main

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/ledger"
)

// keep is how many runs the ledger tells one by one. Totals hold all of them.
const keep = 200

// book writes the ledger. Items are counted where the work is done; runs and
// chunks as core tells them, by a hook that shares nothing with the exporters.
// It is safe for concurrent use.
type book struct {
	mu sync.Mutex
	l  ledger.Ledger
}

var (
	_ core.HookRunStart = (*book)(nil)
	_ core.HookChunkEnd = (*book)(nil)
	_ core.HookRunEnd   = (*book)(nil)
)

func newBook() *book { return &book{l: ledger.Ledger{Totals: map[string]ledger.Count{}}} }

func (b *book) HookName() string { return "ledger" }

func (b *book) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.l.Active, b.l.Now = true, ledger.Entry{ID: e.RunID, Input: e.Attrs[inputAttr], Started: e.Started}
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
	b.add(outcome, ledger.Count{Items: 1})
}

func (b *book) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.l.Now.Chunks++
	b.add(e.Outcome, ledger.Count{Chunks: 1})
}

func (b *book) OnRunEnd(_ context.Context, e core.RunEnd) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(e.Outcome, ledger.Count{Runs: 1})
	b.l.Now.Outcome, b.l.Now.Seconds = e.Outcome.String(), e.Duration.Seconds()
	b.l.Runs = append(b.l.Runs, b.l.Now)
	b.l.Runs = slices.Clone(b.l.Runs[max(0, len(b.l.Runs)-keep):])
	b.l.Active, b.l.Now = false, ledger.Entry{}
}

// add wants the lock held.
func (b *book) add(outcome core.Outcome, c ledger.Count) {
	sum := b.l.Totals[outcome.String()]
	b.l.Totals[outcome.String()] = sum.Plus(c)
}

// read returns a copy.
func (b *book) read() ledger.Ledger {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.l
	l.Runs = append([]ledger.Entry{}, l.Runs...) // not nil: a list in JSON
	l.Totals = maps.Clone(l.Totals)
	return l
}
