package statsdhook

import (
	"sync/atomic"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/live"
	"github.com/chunkscope/chunkscope/internal/usercounter"
)

const (
	maxHooks     = 32 // hooks with a tag of their own
	maxAnomalies = 16 // kinds of anomaly
)

// series holds all metrics of one executor. Workers add to them without a lock,
// and the sender collects them.
type series struct {
	live live.Executor

	runs, chunks, items       [outcomes]counter
	errors, anomalies, faults *label.Table[counter]
	custom                    *usercounter.Set[counter]
	chunkAttempts, lost       counter // of chunks that were done elsewhere
	lastChunkSize             atomic.Int64

	runDuration, chunkDuration, chunkWait, workerBusy timerMetric

	runsActive, chunksActive, workersActive metric
	chunkSize, itemsExpected, progress      metric
	throughput, runRemaining                metric

	zerosSent bool // the sender has sent all counters once, even those at 0
}

// counter is a counter metric and its count since the last flush.
type counter struct {
	metric
	sampled bool // it counts the sampled chunks only
	count   atomic.Int64
}

// timerMetric is a timer metric. Its values are in the queue.
type timerMetric struct {
	metric
	sampled bool
}

// outcomes is the number of outcomes, with 0 for an unknown one.
const outcomes = core.OutcomePanic + 1

func newSeries(n *metricNamer, sampled bool) *series {
	s := &series{
		runDuration:   timerMetric{metric: n.metric("run.duration")},
		chunkDuration: timerMetric{metric: n.metric("chunk.duration"), sampled: sampled},
		chunkWait:     timerMetric{metric: n.metric("chunk.wait"), sampled: sampled},
		chunkAttempts: counter{metric: n.metric("chunk.attempts"), sampled: sampled},
		lost:          counter{metric: n.metric("remote.workers_lost"), sampled: sampled},
		workerBusy:    timerMetric{metric: n.metric("worker.busy")},
		chunkSize:     n.metric("chunk.size"),
		runsActive:    n.metric("runs.active"),
		chunksActive:  n.metric("chunks.active"),
		workersActive: n.metric("workers.active"),
		itemsExpected: n.metric("items.expected"),
		progress:      n.metric("progress"),
		throughput:    n.metric("throughput"),
		runRemaining:  n.metric("run.remaining"),
	}
	for o := range outcomes {
		tag := statsd.Tag{"outcome", o.String()}
		s.runs[o].metric = n.metric("runs", tag)
		s.chunks[o].metric, s.chunks[o].sampled = n.metric("chunks", tag), sampled
		s.items[o].metric = n.metric("items", tag)
	}
	s.items[core.OutcomeOK].sampled = sampled
	table := func(limit int, name, key string) *label.Table[counter] {
		return label.NewTable(limit, func(value string) *counter {
			return &counter{metric: n.metric(name, statsd.Tag{key, value})}
		})
	}
	s.custom = usercounter.NewSet(func(c *core.Counter) *counter { return &counter{metric: n.metric(c.Name())} })
	s.errors = table(label.MaxErrorTypes, "errors", "type")
	s.anomalies = table(maxAnomalies, "anomalies", "kind")
	s.faults = table(maxHooks, "hook.faults", "hook")
	return s
}

// outcomeCounter returns the counter of an outcome.
func outcomeCounter(counters *[outcomes]counter, o core.Outcome) *counter {
	if o >= outcomes {
		o = 0
	}
	return &counters[o]
}

// always reports whether every executor has the counter of an outcome, also at 0:
// only runs are partial, and an item that did not finish does not count.
func (s *series) always(counters *[outcomes]counter, o core.Outcome) bool {
	switch o {
	case 0:
		return false
	case core.OutcomePartial:
		return counters == &s.runs
	case core.OutcomeCanceled:
		return counters != &s.items
	}
	return true
}

func (c *counter) add(n int) {
	if n > 0 {
		c.count.Add(int64(n))
	}
}

// drain sets all counters to 0 and calls visit for each that was not 0. With
// withZeros it also visits those counters at 0 that every executor has.
func (s *series) drain(withZeros bool, visit func(c *counter, n int64)) {
	for _, counters := range []*[outcomes]counter{&s.runs, &s.chunks, &s.items} {
		for o := range counters {
			c := &counters[o]
			always := s.always(counters, core.Outcome(o))
			if n := c.count.Swap(0); n != 0 || withZeros && always {
				visit(c, n)
			}
		}
	}
	for _, c := range []*counter{&s.chunkAttempts, &s.lost} {
		if n := c.count.Swap(0); n != 0 {
			visit(c, n)
		}
	}
	for _, c := range s.custom.All() {
		if n := c.count.Swap(0); n != 0 || withZeros {
			visit(c, n)
		}
	}
	for _, table := range []*label.Table[counter]{s.errors, s.anomalies, s.faults} {
		for _, c := range table.All() {
			if n := c.count.Swap(0); n != 0 {
				visit(c, n)
			}
		}
	}
}
