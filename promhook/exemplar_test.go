package promhook_test

import (
	"context"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/promhook"
)

type traceKey struct{}

// tracer is a hook that puts a trace id into the contexts of its runs.
type tracer struct{}

func (tracer) HookName() string { return "tracer" }
func (tracer) OnRunStart(ctx context.Context, _ core.RunStart) context.Context {
	return context.WithValue(ctx, traceKey{}, "7f3a")
}

func traceID(ctx context.Context) prometheus.Labels {
	id, _ := ctx.Value(traceKey{}).(string)
	return prometheus.Labels{"trace_id": id}
}

func TestExemplars(t *testing.T) {
	hook, registry := newHook(promhook.WithExemplar(traceID))
	_ = core.ForEach(t.Context(), newExecutor("a", []core.Hook{tracer{}, hook}), make([]int, 1), noop)
	got := exemplars(t, registry)
	for _, name := range []string{"chunkscope_chunk_duration_seconds", "chunkscope_run_duration_seconds"} {
		if got[name] != "trace_id=7f3a" {
			t.Errorf("%s has the exemplar %q", name, got[name])
		}
	}
	if len(got) != 2 {
		t.Errorf("exemplars %v", got)
	}
}

// TestExemplarsOncePerSecond checks that each bucket gets one exemplar a second, and
// that a clock set back does not keep it from the next.
func TestExemplarsOncePerSecond(t *testing.T) {
	calls := 0
	hook, _ := newHook(promhook.WithExemplar(func(context.Context) prometheus.Labels {
		calls++
		return prometheus.Labels{"trace_id": "7f3a"}
	}))
	start := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		took  time.Duration
		after time.Duration
		want  int
	}{
		{time.Millisecond, 0, 1},
		{time.Millisecond, 999 * time.Millisecond, 1},
		{time.Hour, 999 * time.Millisecond, 2}, // another bucket
		{100 * time.Hour, 999 * time.Millisecond, 3},
		{time.Millisecond, time.Second, 4},
		{time.Millisecond, -time.Hour, 5},
	} {
		e := chunkEnd("a")
		e.Duration, e.Ended = c.took, start.Add(c.after)
		hook.OnChunkEnd(t.Context(), e)
		if calls != c.want {
			t.Errorf("chunk %d: %d exemplars, want %d", i, calls, c.want)
		}
	}
}

// exemplars returns the labels of an exemplar of each histogram that has one.
func exemplars(t *testing.T, g prometheus.Gatherer) map[string]string {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, b := range m.GetHistogram().GetBucket() {
				for _, l := range b.GetExemplar().GetLabel() {
					found[f.GetName()] = l.GetName() + "=" + l.GetValue()
				}
			}
		}
	}
	return found
}

// TestInvalidExemplars checks that invalid exemplars are left out and that their
// observations count.
func TestInvalidExemplars(t *testing.T) {
	for name, f := range map[string]func(context.Context) prometheus.Labels{
		"none":           func(context.Context) prometheus.Labels { return nil },
		"empty":          func(context.Context) prometheus.Labels { return prometheus.Labels{} },
		"too long":       func(context.Context) prometheus.Labels { return prometheus.Labels{"a": strings.Repeat("ä", 128)} },
		"invalid name":   func(context.Context) prometheus.Labels { return prometheus.Labels{"a b": "x"} },
		"reserved name":  func(context.Context) prometheus.Labels { return prometheus.Labels{"__a": "x"} },
		"name with dots": func(context.Context) prometheus.Labels { return prometheus.Labels{"trace.id": "x"} },
		"no name":        func(context.Context) prometheus.Labels { return prometheus.Labels{"": "x"} },
		"invalid value":  func(context.Context) prometheus.Labels { return prometheus.Labels{"a": "\xff"} },
	} {
		t.Run(name, func(t *testing.T) {
			hook, registry := newHook(promhook.WithExemplar(f))
			hook.OnChunkEnd(t.Context(), chunkEnd("a"))
			scrape(t, registry).want(t, `chunk_duration_seconds_count{executor="a"}`, 1)
			if got := exemplars(t, registry); len(got) > 0 {
				t.Errorf("exemplars %v", got)
			}
		})
	}
}

// TestExemplarFunctionBreaks checks that a panic or Goexit of the user's function
// is a fault of the hook, and that all chunks count.
func TestExemplarFunctionBreaks(t *testing.T) {
	for name, fail := range map[string]func(){"panic": func() { panic("no trace") }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			hook, registry := newHook(promhook.WithExemplar(func(context.Context) prometheus.Labels { fail(); return nil }))
			recorder := hooktest.NewRecorder()
			e := newExecutor("a", []core.Hook{hook, recorder}, core.WithChunkSize(1), core.WithLogger(slog.New(slog.DiscardHandler)))
			if err := core.ForEach(t.Context(), e, make([]int, 5), noop); err != nil {
				t.Error(err)
			}
			got := scrape(t, registry)
			got.want(t, `chunks_total{executor="a",outcome="ok"}`, 5)
			got.want(t, `chunk_duration_seconds_count{executor="a"}`, 5)
			got.want(t, `run_duration_seconds_count{executor="a"}`, 1)
			got.want(t, `runs_active{executor="a"}`, 0)
			got.want(t, `hook_faults_total{executor="a",hook="promhook"}`, float64(len(hooktest.Of[core.Fault](recorder))))
			if n := len(hooktest.Of[core.Fault](recorder)); n != 6 {
				t.Errorf("%d faults, want one for each chunk and the run", n)
			}
		})
	}
}

func FuzzExemplar(f *testing.F) {
	f.Add("trace_id", "7f3a", "span_id", "1")
	f.Add("__name__", "\xff", "a.b", strings.Repeat("x", 200))
	f.Fuzz(func(t *testing.T, name, value, name2, value2 string) {
		hook, registry := newHook(promhook.WithExemplar(func(context.Context) prometheus.Labels {
			return prometheus.Labels{name: value, name2: value2}
		}))
		hook.OnChunkEnd(t.Context(), chunkEnd("a"))
		scrape(t, registry).want(t, `chunk_duration_seconds_count{executor="a"}`, 1)
	})
}
