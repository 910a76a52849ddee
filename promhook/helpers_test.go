package promhook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// newHook returns a hook with a strict registry of its own.
func newHook(opts ...promhook.Option) (*promhook.Hook, *prometheus.Registry) {
	registry := prometheus.NewPedanticRegistry()
	return promhook.New(append([]promhook.Option{promhook.WithRegisterer(registry)}, opts...)...), registry
}

// newExecutor returns an executor with the hooks.
func newExecutor(name string, hooks []core.Hook, opts ...core.Option) *core.Executor {
	e := core.NewExecutor(append([]core.Option{core.WithName(name)}, opts...)...)
	e.Register(hooks...)
	return e
}

// samples are the values of one scrape, by name and labels: items_total{executor="a",outcome="ok"}.
// The namespace of all names is cut off. Histograms have _count, _sum and _bucket.
type samples map[string]float64

// scrape gathers all metrics that begin with chunkscope_.
func scrape(tb testing.TB, g prometheus.Gatherer) samples {
	tb.Helper()
	families, err := g.Gather()
	if err != nil {
		tb.Fatal(err)
	}
	s := samples{}
	for _, f := range families {
		name, ours := strings.CutPrefix(f.GetName(), "chunkscope_")
		if !ours {
			continue
		}
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			switch {
			case m.GetCounter() != nil:
				s[sampleName(name, labels)] = m.GetCounter().GetValue()
			case m.GetGauge() != nil:
				s[sampleName(name, labels)] = m.GetGauge().GetValue()
			case m.GetHistogram() != nil:
				h := m.GetHistogram()
				s[sampleName(name+"_count", labels)] = float64(h.GetSampleCount())
				s[sampleName(name+"_sum", labels)] = h.GetSampleSum()
				for _, b := range h.GetBucket() {
					s[sampleName(name+"_bucket", append(slices.Clone(labels), fmt.Sprintf("le=\"%v\"", b.GetUpperBound())))] = float64(b.GetCumulativeCount())
				}
			}
		}
	}
	return s
}

func sampleName(name string, labels []string) string {
	if len(labels) == 0 {
		return name
	}
	return name + "{" + strings.Join(labels, ",") + "}"
}

// want fails unless the sample exists and has the value.
func (s samples) want(tb testing.TB, sample string, value float64) {
	tb.Helper()
	if got, ok := s[sample]; !ok || got != value {
		tb.Errorf("%s is %v (exists: %v), want %v", sample, got, ok, value)
	}
}

// wantNone fails if there is a sample of the name.
func (s samples) wantNone(tb testing.TB, name string) {
	tb.Helper()
	for sample := range s {
		if sample == name || strings.HasPrefix(sample, name+"{") {
			tb.Errorf("there is %s", sample)
		}
	}
}

// panicText calls f and returns the text of the error that it panics with. The
// text is empty if f returns.
func panicText(tb testing.TB, f func()) (text string) {
	tb.Helper()
	defer func() {
		tb.Helper()
		switch v := recover().(type) {
		case nil:
		case error:
			text = v.Error()
		default:
			tb.Errorf("the panic's value is a %T, want an error", v)
		}
	}()
	f()
	return ""
}

// wantContains fails unless the text contains all that is wanted.
func wantContains(tb testing.TB, text string, want ...string) {
	tb.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			tb.Errorf("%q lacks %q", text, w)
		}
	}
}

// statsReporter is a hook that reports the given health.
type statsReporter struct {
	name   string
	health core.HookStats
}

func (s *statsReporter) HookName() string      { return s.name }
func (s *statsReporter) Stats() core.HookStats { return s.health }
