package statsdhook

import (
	"sync/atomic"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/live"
)

const (
	maxHooks     = 32 // hooks with a tag of their own
	maxAnomalies = 16 // kinds of anomaly
)

// series is all that is known of one executor. Workers add to it without
// a lock; the sender empties it.
type series struct {
	live live.Executor

	runs, chunks, items       [outcomes]counter
	errors, anomalies, faults *label.Table[counter]
	lastChunk                 atomic.Int64 // its size

	runDuration, chunkDuration, workerBusy timer

	runsActive, chunksActive, workersActive stat
	chunkSize, itemsExpected, progress      stat
	throughput, runRemaining                stat

	announced bool // the sender has sent the counters, zeros as well
}

// counter is what was counted since the last flush.
type counter struct {
	stat
	sampled bool // only a share of the events gets here
	n       atomic.Int64
}

// timer is what durations are sent as.
type timer struct {
	stat
	sampled bool
}

// outcomes is the number of outcomes, with 0 for what is none.
const outcomes = core.OutcomePanic + 1

func newSeries(n *namer, sampled bool) *series {
	s := &series{
		runDuration:   timer{stat: n.stat("run.duration")},
		chunkDuration: timer{stat: n.stat("chunk.duration"), sampled: sampled},
		workerBusy:    timer{stat: n.stat("worker.busy")},
		chunkSize:     n.stat("chunk.size"),
		runsActive:    n.stat("runs.active"),
		chunksActive:  n.stat("chunks.active"),
		workersActive: n.stat("workers.active"),
		itemsExpected: n.stat("items.expected"),
		progress:      n.stat("progress"),
		throughput:    n.stat("throughput"),
		runRemaining:  n.stat("run.remaining"),
	}
	for o := range outcomes {
		tag := statsd.Tag{"outcome", o.String()}
		s.runs[o].stat = n.stat("runs", tag)
		s.chunks[o].stat, s.chunks[o].sampled = n.stat("chunks", tag), sampled
		s.items[o].stat = n.stat("items", tag)
	}
	s.items[core.OutcomeOK].sampled = sampled
	table := func(limit int, metric, key string) *label.Table[counter] {
		return label.NewTable(limit, func(value string) *counter {
			return &counter{stat: n.stat(metric, statsd.Tag{key, value})}
		})
	}
	s.errors = table(label.MaxErrorTypes, "errors", "type")
	s.anomalies = table(maxAnomalies, "anomalies", "kind")
	s.faults = table(maxHooks, "hook.faults", "hook")
	return s
}

// of returns the counter of an outcome.
func of(counters *[outcomes]counter, o core.Outcome) *counter {
	if o >= outcomes {
		o = 0
	}
	return &counters[o]
}

func (c *counter) add(n int) {
	if n > 0 {
		c.n.Add(int64(n))
	}
}

// drain empties all counters into line, which is called for those that are
// not 0, and with zeros also for those that every executor has.
func (s *series) drain(zeros bool, line func(c *counter, n int64)) {
	for _, counters := range []*[outcomes]counter{&s.runs, &s.chunks, &s.items} {
		for o := range counters {
			c := &counters[o]
			known := o != 0 && (counters != &s.items || o != int(core.OutcomeCanceled))
			if n := c.n.Swap(0); n != 0 || zeros && known {
				line(c, n)
			}
		}
	}
	for _, table := range []*label.Table[counter]{s.errors, s.anomalies, s.faults} {
		for _, c := range table.All() {
			if n := c.n.Swap(0); n != 0 {
				line(c, n)
			}
		}
	}
}
