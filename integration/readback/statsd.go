package readback

import (
	"fmt"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/chunkscope/chunkscope/integration/oracle/statsd"
)

// statsdFacts reads the facts in the metrics that the statsd_exporter exports
// with our mapping. Their names are those of promhook.
func statsdFacts(t *testing.T, m statsd.Metrics) Facts {
	t.Helper()
	f := Facts{}
	p := parser.NewParser(parser.Options{})
	add := func(series, suffix string, v float64) {
		l, err := p.ParseMetric(series)
		check(t, err)
		f.addSeries(labels.NewBuilder(l).Set("__name__", l.Get("__name__")+suffix).Labels(), v)
	}
	for series, v := range m.Counters {
		add(series, "", v)
	}
	for series, v := range m.Gauges {
		add(series, "", v)
	}
	for series, timer := range m.Timers {
		add(series, "_sum", timer.Sum)
	}
	for problem, n := range m.Problems {
		f.add(fmt.Sprint("not understood: ", problem), n)
	}
	return f
}
