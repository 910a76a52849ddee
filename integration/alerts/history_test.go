package alerts_test

import (
	"math"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"

	"github.com/chunkscope/chunkscope/integration/oracle/prom"
)

// history has everything that a server scraped.
type history struct {
	start  time.Time
	times  []time.Time // times of the scrapes
	series map[string]*sampledSeries
}

// sampledSeries is a series with its samples, by the index of the scrape.
type sampledSeries struct {
	labels  labels.Labels
	scrapes []int
	values  []float64
}

var stale = math.Float64frombits(value.StaleNaN)

// add adds a scrape of a target.
func (h *history) add(s *prom.Scrape, of target) {
	for _, series := range s.Series {
		b := labels.NewBuilder(series).Set("job", job).Set("instance", of.instance).Set("pod", of.pod)
		b.Set("namespace", of.namespace).Set("cluster", of.cluster).Set("process", of.process)
		h.addSample(b.Labels(), s.Samples[series.String()])
	}
}

// addPushed adds a scrape of the gateways of a cluster. There is one in each
// namespace, which is here the first part of the job.
func (h *history) addPushed(s *prom.Scrape) {
	for _, series := range s.Series {
		namespace, pushed, _ := strings.Cut(series.Get("job"), "/")
		h.addSample(labels.NewBuilder(series).Set("job", pushed).Set("namespace", namespace).Set("cluster", "one").Labels(), s.Samples[series.String()])
	}
}

func (h *history) addSample(of labels.Labels, value float64) {
	key := of.String()
	c := h.series[key]
	if c == nil {
		c = &sampledSeries{labels: of}
		h.series[key] = c
	}
	c.scrapes, c.values = append(c.scrapes, len(h.times)), append(c.values, value)
}

// markStale ends the scrapes of an instant. Like a server, it marks series as
// stale that have disappeared.
func (h *history) markStale(at time.Time) {
	for _, c := range h.series {
		last := len(c.scrapes) - 1
		if c.scrapes[last] == len(h.times)-1 && !value.IsStaleNaN(c.values[last]) {
			c.scrapes, c.values = append(c.scrapes, len(h.times)), append(c.values, stale)
		}
	}
	h.times = append(h.times, at)
}
