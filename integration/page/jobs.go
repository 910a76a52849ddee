package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/uihook"
)

// job is a run whose events are made up: those of hours arrive in milliseconds, and
// are the same every time.
type job struct {
	name, id       string
	attrs          map[string]string
	workers, items int
	elapsed        time.Duration // since its start
	speed          float64       // of the chunks; 1 is 6 ms
	failing        int           // one of so many chunks fails; 0 for none
	tolerates      bool          // failures
	hung           bool          // its chunk 400 does not end
	ends           bool
}

// itemName is the name of an item, as core.WithItemName gives one.
func itemName(i int) string { return fmt.Sprintf("orders/%06d.json", i) }

var readBytes = core.NewCounter("read_bytes", "bytes", "Bytes that the jobs have read.")

// chunkName is the name that core makes of them.
func chunkName(offset int) string { return itemName(offset) + " … " + itemName(offset+chunkItems-1) }

const (
	chunkItems = 10
	tick       = 100 * time.Millisecond // between two reports of progress
)

type badRow struct{}

func (badRow) Error() string { return "bad row: column 7 is empty" }

// send sends the events of the job so far, its last one now.
func (j job) send(h *uihook.Hook) context.Context {
	random := rand.New(rand.NewPCG(uint64(j.items), uint64(j.workers))) //nolint:gosec // the same numbers every time
	now := time.Now()
	start := core.RunStart{Executor: j.name, RunID: j.id, Attrs: j.attrs, Items: j.items, Workers: j.workers, Started: now.Add(-j.elapsed)}
	ctx := h.OnRunStart(context.Background(), start)
	free := make([]time.Duration, j.workers)
	_, named := core.NewExecutor().Start(ctx, -1) // for names only: a hook asks the context for them
	defer named.End(nil)
	p := core.Progress{Items: j.items}
	var history []int // items done at each tick
	report := func(until time.Duration) {
		for at := p.Elapsed + tick; at <= until; at += tick {
			history = append(history, p.ItemsDone)
			p = progressAt(p, at, history)
			h.OnProgress(ctx, p)
		}
	}
	finished := time.Duration(0)
	for chunk := 0; chunk*chunkItems < j.items; chunk++ {
		worker := 0
		for w := range free {
			if free[w] < free[worker] {
				worker = w
			}
		}
		began := free[worker]
		if began >= j.elapsed {
			break
		}
		report(began)
		e := core.ChunkEnd{Duration: j.duration(random, began), Outcome: core.OutcomeOK, Attempts: 1, ItemsDone: chunkItems}
		e.Custom = []core.CounterValue{{Name: readBytes.Name(), Unit: readBytes.Unit(), Value: int64(e.Duration / 10)}}
		e.Executor, e.RunID, e.Chunk, e.Offset, e.Items, e.Worker = j.name, j.id, chunk, chunk*chunkItems, chunkItems, worker
		e.Started = start.Started.Add(began)
		if j.hung && chunk == 400 {
			e.Duration = 10 * time.Hour
		}
		free[worker] = began + e.Duration
		e.Ended = e.Started.Add(e.Duration)
		h.OnChunkStart(ctx, e.ChunkStart)
		if free[worker] > j.elapsed && !j.ends {
			if e.Duration > time.Hour {
				p.OldestChunk = core.ActiveChunk{Chunk: chunk, Offset: e.Offset, Items: e.Items, Worker: worker, Started: e.Started, Name: itemName(e.Offset + 3)}
			}
			continue // it is active now
		}
		if j.failing > 0 && random.IntN(j.failing) == 0 {
			j.fail(ctx, h, &e, random)
			p.ItemsFailed++
		}
		if e.Duration < time.Second {
			h.OnChunkEnd(ctx, e)
		} else {
			_ = named.Chunk(core.WithChunkName(ctx, chunkName(e.Offset)), chunkItems, func(ctx context.Context) error { h.OnChunkEnd(ctx, e); return nil })
		}
		p.ItemsDone += chunkItems
		p.Chunks++
		finished = max(finished, free[worker])
	}
	if !j.ends {
		report(j.elapsed)
		return ctx
	}
	end := core.RunEnd{RunStart: start, Ended: start.Started.Add(finished), Duration: finished, ItemsDone: p.ItemsDone, ItemsFailed: p.ItemsFailed, Chunks: p.Chunks, ChunksFailed: p.ItemsFailed, Outcome: core.OutcomeOK}
	if p.ItemsFailed > 0 {
		end.Outcome, end.Err = core.OutcomeError, fmt.Errorf("%s: %d of %d items failed", j.name, p.ItemsFailed, p.ItemsDone)
		if j.tolerates {
			end.Outcome = core.OutcomePartial
		}
	}
	h.OnProgress(ctx, progressAt(p, finished, history))
	h.OnRunEnd(ctx, end)
	return ctx
}

// progressAt returns the progress at an instant, with the rate of the last five
// seconds.
func progressAt(p core.Progress, at time.Duration, history []int) core.Progress {
	p.AverageThroughput = float64(p.ItemsDone) / at.Seconds()
	p.Throughput, p.Remaining = p.AverageThroughput, core.Estimate{}
	if n := len(history); n > 50 {
		p.Throughput = float64(p.ItemsDone-history[n-50]) / 5
	}
	p.Elapsed, p.At = at, time.Now()
	if left := float64(p.Items-p.ItemsDone) / p.Throughput; at > 2*time.Second && left > 0 && p.Throughput > 0 {
		expected := time.Duration(left * float64(time.Second))
		p.Remaining = core.Estimate{Known: true, Expected: expected, Low: expected * 9 / 10, High: expected * 12 / 10}
	}
	return p
}

// duration returns the time of a chunk: uneven, with a few slow ones, and twice as
// long in the third eighth of the run, as a dependency was slow then.
func (j job) duration(random *rand.Rand, began time.Duration) time.Duration {
	d := 6e6 / j.speed * math.Exp(random.NormFloat64()*0.5)
	if part := float64(began) / float64(j.elapsed); part > 0.375 && part < 0.5 {
		d *= 2
	}
	if random.IntN(700) == 0 {
		d = random.ExpFloat64() * 4e8
	}
	return time.Duration(d)
}

func (j job) fail(ctx context.Context, h *uihook.Hook, e *core.ChunkEnd, random *rand.Rand) {
	err := error(badRow{})
	switch random.IntN(4) {
	case 0:
		err = fmt.Errorf("upstream: %w", context.DeadlineExceeded)
	case 1:
		err = errors.New("connection refused")
	}
	item := e.Offset + e.Chunk%chunkItems
	e.Outcome, e.ItemsFailed = core.OutcomeError, 1
	e.Err = &core.ItemError{Index: item, Name: itemName(item), Err: err}
	h.OnItemFailure(ctx, core.ItemFailure{
		Executor: j.name, RunID: j.id, Chunk: e.Chunk, Worker: e.Worker, At: e.Ended, Index: item, Items: 1,
		Name: itemName(item), Outcome: core.OutcomeError, Err: e.Err,
	})
}

// exporter is a hook with a certain health.
type exporter struct {
	name  string
	stats core.HookStats
}

func (x exporter) HookName() string      { return x.name }
func (x exporter) Stats() core.HookStats { return x.stats }

var exporters = []core.StatsReporter{
	exporter{"otelhook", core.HookStats{Produced: 5123, Delivered: 5100, Pending: 23}},
	exporter{"statsdhook", core.HookStats{Produced: 88_214, Delivered: 88_214}},
	exporter{"webhookhook", core.HookStats{Produced: 12, Delivered: 9, Errors: 4, Dropped: map[string]uint64{"queue_full": 3}}},
}

var attrs = map[string]string{"date": "2026-12-01", "source": "orders"}

// nightly is a run that goes well enough, after two that ended.
func nightly(h *uihook.Hook) {
	job{name: "warmup", id: "7QF2M1", workers: 4, items: 20_000, elapsed: 30 * time.Second, speed: 1.4, ends: true}.send(h)
	job{name: "nightly", id: "K4X09A", attrs: attrs, workers: 8, items: 320_000, elapsed: 46 * time.Second, speed: 1.2, failing: 900, tolerates: true, ends: true}.send(h)
	job{name: "nightly", id: "PN22BX", attrs: attrs, workers: 8, items: 640_000, elapsed: 44 * time.Second, speed: 1, failing: 400}.send(h)
}

// stuck is a run with a chunk that hangs.
func stuck(h *uihook.Hook) {
	job{name: "nightly", id: "K4X09A", attrs: attrs, workers: 8, items: 320_000, elapsed: 46 * time.Second, speed: 1.2, failing: 900, ends: true}.send(h)
	job{name: "nightly", id: "DZ81QK", attrs: attrs, workers: 8, items: 200_000, elapsed: 31 * time.Second, speed: 1, failing: 400, hung: true}.send(h)
}

// wide is a run on 64 workers.
func wide(h *uihook.Hook) {
	job{name: "reindex", id: "W64R0B", workers: 64, items: 4_000_000, elapsed: 30 * time.Second, speed: 0.3, failing: 300, hung: true}.send(h)
}

// ended is two runs that ended.
func ended(h *uihook.Hook) {
	job{name: "warmup", id: "7QF2M1", workers: 4, items: 20_000, elapsed: 30 * time.Second, speed: 1.4, ends: true}.send(h)
	job{name: "nightly", id: "K4X09A", attrs: attrs, workers: 8, items: 320_000, elapsed: 46 * time.Second, speed: 1.2, failing: 900, ends: true}.send(h)
}

// newPage returns the page of some runs.
func newPage(runs func(*uihook.Hook)) (http.Handler, error) {
	h, err := uihook.New(uihook.WithStatsFrom(exporters...))
	if err == nil {
		runs(h)
	}
	return h, err
}
