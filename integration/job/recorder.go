package main

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/ledger"
)

// keptRuns is the number of runs that the ledger lists one by one. The totals
// cover all runs.
const keptRuns = 200

// recorder keeps the ledger. It counts items where the work is done. It counts
// runs and chunks by a hook that shares nothing with the exporters. It is safe
// for concurrent use.
type recorder struct {
	mu sync.Mutex
	l  ledger.Ledger
}

var (
	_ core.HookRunStart = (*recorder)(nil)
	_ core.HookChunkEnd = (*recorder)(nil)
	_ core.HookRunEnd   = (*recorder)(nil)
)

func newRecorder() *recorder { return &recorder{l: ledger.Ledger{Totals: map[string]ledger.Count{}}} }

func (b *recorder) HookName() string { return "ledger" }

func (b *recorder) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.l.Active, b.l.Now = true, ledger.Entry{ID: e.RunID, Input: e.Attrs[inputAttr], Started: e.Started}
	return ctx
}

// item counts a processed file.
func (b *recorder) item(size int, err error) {
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

func (b *recorder) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.l.Now.Chunks++
	b.add(e.Outcome, ledger.Count{Chunks: 1})
}

func (b *recorder) OnRunEnd(_ context.Context, e core.RunEnd) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(e.Outcome, ledger.Count{Runs: 1})
	b.l.Now.Outcome, b.l.Now.Seconds = e.Outcome.String(), e.Duration.Seconds()
	b.l.Runs = append(b.l.Runs, b.l.Now)
	b.l.Runs = slices.Clone(b.l.Runs[max(0, len(b.l.Runs)-keptRuns):])
	b.l.Active, b.l.Now = false, ledger.Entry{}
}

// add must be called with the lock held.
func (b *recorder) add(outcome core.Outcome, c ledger.Count) {
	sum := b.l.Totals[outcome.String()]
	b.l.Totals[outcome.String()] = sum.Plus(c)
}

// read returns a copy.
func (b *recorder) read() ledger.Ledger {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.l
	l.Runs = append([]ledger.Entry{}, l.Runs...) // not nil, so that the JSON has a list
	l.Totals = maps.Clone(l.Totals)
	return l
}
