package statsd

import (
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Metrics is what the server shows to Prometheus, by series:
// `name{label="value",other="value"}`, with sorted labels.
type Metrics struct {
	Counters, Gauges map[string]float64
	Timers           map[string]Timer
	// Problems counts invalid lines, tags and metrics, by the problem.
	// "unmapped" counts those without a mapping.
	Problems map[string]float64
}

// Timer is a histogram or summary, in seconds.
type Timer struct {
	Count   uint64
	Sum     float64
	Buckets []float64 // upper boundaries
}

// Read returns the state of all metrics.
func (s *Server) Read() (Metrics, error) {
	m := Metrics{Counters: map[string]float64{}, Gauges: map[string]float64{}, Timers: map[string]Timer{}, Problems: map[string]float64{}}
	families, err := s.metrics.Gather()
	if err != nil {
		return m, err
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			series := seriesOf(family.GetName(), metric)
			switch family.GetType() {
			case dto.MetricType_COUNTER:
				m.Counters[series] = metric.GetCounter().GetValue()
			case dto.MetricType_GAUGE:
				m.Gauges[series] = metric.GetGauge().GetValue()
			case dto.MetricType_SUMMARY:
				m.Timers[series] = Timer{Count: metric.GetSummary().GetSampleCount(), Sum: metric.GetSummary().GetSampleSum()}
			case dto.MetricType_HISTOGRAM:
				h := metric.GetHistogram()
				t := Timer{Count: h.GetSampleCount(), Sum: h.GetSampleSum()}
				for _, b := range h.GetBucket() {
					t.Buckets = append(t.Buckets, b.GetUpperBound())
				}
				m.Timers[series] = t
			default:
				return m, fmt.Errorf("%s is a %s", series, family.GetType())
			}
		}
	}
	return m, s.readProblems(m.Problems)
}

func (s *Server) readProblems(into map[string]float64) error {
	p := &s.problems
	own := prometheus.NewPedanticRegistry()
	for _, c := range []prometheus.Collector{p.samples, p.conflicts, p.errors, p.tags, p.unmapped} {
		if err := own.Register(c); err != nil {
			return err
		}
	}
	families, err := own.Gather()
	if err != nil {
		return err
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if v := metric.GetCounter().GetValue(); v != 0 {
				into[seriesOf(family.GetName(), metric)] = v
			}
		}
	}
	return nil
}

func seriesOf(name string, metric *dto.Metric) string {
	var labels []string
	for _, l := range metric.GetLabel() { // they are sorted already
		labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
	}
	if len(labels) == 0 {
		return name
	}
	return name + "{" + strings.Join(labels, ",") + "}"
}
