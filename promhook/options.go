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
	"github.com/chunkscope/chunkscope/internal/optcheck"
)

// Option is an option of New. Of options given twice the later one holds, except
// for WithStatsFrom, which adds up.
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

	mistakes optcheck.Mistakes
}

// newConfig applies the options. It panics with an error that names every
// mistake in them.
func newConfig(opts []Option) *config {
	c := &config{
		registerer:   prometheus.DefaultRegisterer,
		gatherer:     prometheus.DefaultGatherer,
		namespace:    "chunkscope",
		chunkBuckets: ladder.Chunk(),
		runBuckets:   ladder.Run(),
		mistakes:     optcheck.Mistakes{Package: "promhook"},
	}
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	if err := c.mistakes.Err(); err != nil {
		panic(err)
	}
	return c
}

// WithRegisterer registers the metrics with r. Nil registers them nowhere: the
// hook is itself a collector, which the caller may register or push. A nil
// pointer in r makes New panic. The default is [prometheus.DefaultRegisterer].
func WithRegisterer(r prometheus.Registerer) Option {
	return optionFunc(func(c *config) {
		c.mistakes.NotTypedNil("WithRegisterer", r)
		c.registerer = r
		c.gatherer, _ = r.(prometheus.Gatherer)
	})
}

// WithNamespace replaces the first word of all names: "etl" leads to
// etl_runs_total. A namespace consists of letters, digits and underscores, and
// begins with no digit; another one makes New panic. The default is
// "chunkscope", which the empty text keeps.
func WithNamespace(namespace string) Option {
	return optionFunc(func(c *config) {
		if namespace == "" {
			return
		}
		c.mistakes.Require(validName(namespace), "WithNamespace", namespace,
			"the namespace is invalid; use letters, digits and underscores, no digit first")
		c.namespace = namespace
	})
}

// WithConstLabels adds the same labels to all series, to distinguish two hooks of
// a process. What is true of the whole process, such as its region, belongs in
// the configuration of the scrape. A name that the metrics or Prometheus itself
// use, such as job or instance, makes New panic. The default is none.
func WithConstLabels(labels prometheus.Labels) Option {
	labels = maps.Clone(labels)
	return optionFunc(func(c *config) {
		for _, name := range slices.Sorted(maps.Keys(labels)) {
			problem := constLabelProblem(name, labels[name])
			c.mistakes.Require(problem == "", "WithConstLabels", name, problem)
		}
		c.constLabels = labels
	})
}

// WithChunkBuckets sets the upper bounds of chunk_duration_seconds, in seconds.
// They are finite and in increasing order; others make New panic. The default,
// which nil keeps, is 16 bounds from 0.0001 to 3600.
func WithChunkBuckets(seconds []float64) Option {
	seconds = slices.Clone(seconds)
	return optionFunc(func(c *config) { c.setBuckets(&c.chunkBuckets, "WithChunkBuckets", seconds) })
}

// WithRunBuckets sets the upper bounds of run_duration_seconds, in seconds. They
// are finite and in increasing order; others make New panic. The default, which
// nil keeps, is 13 bounds from 0.1 to 86400.
func WithRunBuckets(seconds []float64) Option {
	seconds = slices.Clone(seconds)
	return optionFunc(func(c *config) { c.setBuckets(&c.runBuckets, "WithRunBuckets", seconds) })
}

// WithNativeHistograms adds native histograms with a growth factor of 1.1 beside
// the buckets, for servers that ingest them; other servers still see the buckets.
// A histogram has at most 160 native buckets. One that needs more is reset, at
// most once an hour. The default is buckets alone.
func WithNativeHistograms() Option {
	return optionFunc(func(c *config) { c.native = true })
}

// WithExemplar attaches the labels that f returns to the durations of chunks
// and runs, a trace id for instance. Each bucket gets one a second at most, as a
// scrape reads only the newest:
//
//	promhook.WithExemplar(func(ctx context.Context) prometheus.Labels {
//		if s := trace.SpanContextFromContext(ctx); s.IsSampled() {
//			return prometheus.Labels{"trace_id": s.TraceID().String()}
//		}
//		return nil
//	})
//
// f is called after a chunk, on its worker, and after a run. It must be fast
// and safe for concurrent use. Its context is the one that the hooks registered
// before this one returned: register the hook that makes spans first. Labels that
// Prometheus does not allow, for instance of more than 128 characters together,
// are left out. The default, which nil keeps, is no exemplars.
func WithExemplar(f func(context.Context) prometheus.Labels) Option {
	return optionFunc(func(c *config) { c.exemplar = f })
}

// WithExpectedInterval states the time from one run to the next, for alerts on
// runs that are late. It is exported as run_expected_interval_seconds, for every
// executor that the hook is registered with. The default, 0, states nothing and
// exports no such series. A negative interval makes New panic.
func WithExpectedInterval(d time.Duration) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(d >= 0, "WithExpectedInterval", d,
			"the interval is negative; give the time from one run to the next, or 0 for no schedule")
		c.interval = d
	})
}

// WithStatsFrom exports the health of other hooks: what they delivered and
// dropped, how often they failed, and what is pending. Each scrape calls their
// Stats, concurrently with other scrapes. Hooks of the same name are added up. A
// nil hook is left out, and a hook whose Stats panics or calls runtime.Goexit is
// missing from that scrape. The default is none. See also [NewPusher].
func WithStatsFrom(hooks ...core.StatsReporter) Option {
	return optionFunc(func(c *config) { c.reporters = append(c.reporters, hooks...) })
}

func (c *config) setBuckets(target *[]float64, option string, bounds []float64) {
	for i, b := range bounds {
		if math.IsNaN(b) || math.IsInf(b, 0) || i > 0 && b <= bounds[i-1] {
			c.mistakes.Require(false, option, bounds,
				fmt.Sprintf("bound %v at position %d is out of order or not finite; give finite bounds in increasing order", b, i))
			break
		}
	}
	if len(bounds) > 0 {
		*target = bounds
	}
}
