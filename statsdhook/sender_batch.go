package statsdhook

import (
	"math"
	"strconv"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"
)

// lineKind is the type of a metric line.
type lineKind uint8

const (
	timerLine lineKind = iota
	counterLine
	gaugeLine
)

// line is a metric line to be sent.
type line struct {
	*metric
	kind    lineKind
	sampled bool
	number  int64   // a counter's count, a timer's nanoseconds
	value   float64 // of a gauge
}

// write calls the client for the line. A sampled line is written raw, as the
// client would take a sample of the sample.
func (l *line) write(client statsd.StatSender, sampleRate float64) error {
	switch {
	case l.kind == gaugeLine:
		return client.Raw(l.name, formatFloat(l.value)+"|g", 1, l.tags...)
	case l.kind == counterLine && l.sampled:
		return client.Raw(l.name, strconv.FormatInt(l.number, 10)+"|c|@"+formatFloat(sampleRate), 1, l.tags...)
	case l.kind == counterLine:
		return client.Inc(l.name, l.number, 1, l.tags...)
	case l.sampled:
		ms := float64(l.number) / float64(time.Millisecond)
		return client.Raw(l.name, formatFloat(ms)+"|ms|@"+formatFloat(sampleRate), 1, l.tags...)
	}
	return client.TimingDuration(l.name, time.Duration(l.number), 1, l.tags...)
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// batch is the lines of a flush.
type batch struct {
	lines     []line
	countLine func() // counts a line that was not in the queue
}

// addTimers adds timers from the queue.
func (b *batch) addTimers(timers []timerValue) {
	for _, t := range timers {
		b.lines = append(b.lines, line{metric: &t.metric, kind: timerLine, sampled: t.sampled, number: int64(t.duration)})
	}
}

// addCounters adds the counters of an executor that have changed. For a new
// executor it also adds the counters that every executor has.
func (b *batch) addCounters(s *series) {
	s.drain(!s.zerosSent, func(c *counter, count int64) {
		b.countLine()
		b.lines = append(b.lines, line{metric: &c.metric, kind: counterLine, sampled: c.sampled, number: count})
	})
	s.zerosSent = true
}

// addGauges adds all gauges of an executor.
func (b *batch) addGauges(s *series) {
	if size := s.lastChunkSize.Load(); size > 0 {
		b.addGauge(&s.chunkSize, float64(size))
	}
	now := s.live.Read()
	remaining, _ := now.Remaining(time.Now())
	b.addGauge(&s.runsActive, float64(now.RunsActive))
	b.addGauge(&s.chunksActive, float64(now.ChunksActive))
	b.addGauge(&s.workersActive, float64(now.WorkersActive))
	b.addGauge(&s.itemsExpected, float64(now.ItemsExpected))
	b.addGauge(&s.progress, now.Progress)
	b.addGauge(&s.throughput, now.Throughput)
	b.addGauge(&s.runRemaining, remaining.Seconds())
}

// addGauge adds a gauge, unless its value is negative or not a number. Servers
// would take a negative value for a difference.
func (b *batch) addGauge(m *metric, value float64) {
	if !(value >= 0) || math.IsInf(value, 0) {
		return
	}
	b.countLine()
	b.lines = append(b.lines, line{metric: m, kind: gaugeLine, value: value})
}
