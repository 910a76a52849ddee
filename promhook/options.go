package promhook

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/ladder"
)

// Option is an option of New.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	registerer   prometheus.Registerer
	gatherer     prometheus.Gatherer
	namespace    string
	constLabels  prometheus.Labels
	chunkBuckets []float64
	runBuckets   []float64
	native       bool
	exemplar     func(context.Context) prometheus.Labels
	interval     time.Duration
	reporters    []core.StatsReporter
}

func newConfig(opts []Option) *config {
	c := &config{
		registerer:   prometheus.DefaultRegisterer,
		gatherer:     prometheus.DefaultGatherer,
		namespace:    "chunkscope",
		chunkBuckets: ladder.Chunk(),
		runBuckets:   ladder.Run(),
	}
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	return c
}

// WithRegisterer registers the metrics with r. Nil registers them nowhere: the
// hook is itself a collector, to be registered or pushed by the caller. The
// default is [prometheus.DefaultRegisterer].
func WithRegisterer(r prometheus.Registerer) Option {
	return optionFunc(func(c *config) {
		c.registerer = r
		c.gatherer, _ = r.(prometheus.Gatherer)
	})
}

// WithNamespace replaces the first word of all names: "etl" makes
// etl_runs_total. It has to be letters, digits and underscores, and not begin
// with a digit. The default is "chunkscope"; so is empty.
func WithNamespace(namespace string) Option {
	return optionFunc(func(c *config) {
		switch {
		case namespace == "":
		case !validName(namespace):
			panic(fmt.Sprintf("promhook: WithNamespace(%.100q): want letters, digits and underscores, a letter first", namespace))
		default:
			c.namespace = namespace
		}
	})
}

// WithConstLabels gives all series the same labels, so that two hooks of a
// process can be told apart. What is true of the whole process, such as its
// region, belongs into the configuration of the scrape. Names that the metrics
// or Prometheus itself use, job and instance among them, make New panic. The
// default is none.
func WithConstLabels(labels prometheus.Labels) Option {
	labels = maps.Clone(labels)
	return optionFunc(func(c *config) {
		for name, value := range labels {
			if problem := constLabelProblem(name, value); problem != "" {
				panic(fmt.Sprintf("promhook: WithConstLabels: label %.100q %s", name, problem))
			}
		}
		c.constLabels = labels
	})
}

// WithChunkBuckets sets the upper bounds of chunk_duration_seconds, in seconds,
// in increasing order. The default, and that of nil, has 16 from 0.0001 to 3600.
func WithChunkBuckets(seconds []float64) Option {
	seconds = slices.Clone(seconds)
	return optionFunc(func(c *config) { setBuckets(&c.chunkBuckets, "WithChunkBuckets", seconds) })
}

// WithRunBuckets sets the upper bounds of run_duration_seconds, in seconds, in
// increasing order. The default, and that of nil, has 13 from 0.1 to 86400.
func WithRunBuckets(seconds []float64) Option {
	seconds = slices.Clone(seconds)
	return optionFunc(func(c *config) { setBuckets(&c.runBuckets, "WithRunBuckets", seconds) })
}

// WithNativeHistograms adds native histograms of a growth factor of 1.1 beside
// the buckets, for servers that ingest them; others go on seeing the buckets.
// A histogram has at most 160 native buckets, and when it has more it is reset
// at most once an hour. The default is buckets alone.
func WithNativeHistograms() Option {
	return optionFunc(func(c *config) { c.native = true })
}

// WithExemplar attaches the labels that f returns to the durations of chunks
// and runs, a trace id for instance:
//
//	promhook.WithExemplar(func(ctx context.Context) prometheus.Labels {
//		if s := trace.SpanContextFromContext(ctx); s.IsSampled() {
//			return prometheus.Labels{"trace_id": s.TraceID().String()}
//		}
//		return nil
//	})
//
// f is called after each chunk on its worker, and so must be fast and safe for
// concurrent use. Its context is that of the chunk as hooks registered before
// this one left it: register the one that makes spans first. Labels that
// Prometheus does not allow, for instance of more than 128 characters
// together, are left out. The default, and that of nil, is no exemplars.
func WithExemplar(f func(context.Context) prometheus.Labels) Option {
	return optionFunc(func(c *config) { c.exemplar = f })
}

// WithExpectedInterval states how often a run is due, for alerts on late ones:
// run_expected_interval_seconds. It holds for all executors that the hook is
// registered with. The default, 0, states nothing and makes no such series;
// less makes New panic.
func WithExpectedInterval(d time.Duration) Option {
	return optionFunc(func(c *config) {
		if d < 0 {
			panic(fmt.Sprintf("promhook: WithExpectedInterval(%v): want the time from one run to the next, or 0 for no schedule", d))
		}
		c.interval = d
	})
}

// WithStatsFrom exports the health of other hooks: what they delivered, dropped
// and failed at, asked at each scrape. Hooks of the same name are added up. Nil
// is left out, and so is at that scrape a hook whose Stats panics. The default
// is none.
func WithStatsFrom(hooks ...core.StatsReporter) Option {
	return optionFunc(func(c *config) { c.reporters = append(c.reporters, hooks...) })
}

func setBuckets(target *[]float64, option string, bounds []float64) {
	for i, b := range bounds {
		if math.IsNaN(b) || math.IsInf(b, 0) || i > 0 && b <= bounds[i-1] {
			panic(fmt.Sprintf("promhook: %s: bound %v at position %d: want finite bounds in increasing order", option, b, i))
		}
	}
	if len(bounds) > 0 {
		*target = bounds
	}
}
