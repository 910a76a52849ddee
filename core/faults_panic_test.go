package core_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func testHookPanics(t *testing.T) {
	huge := strings.Repeat("a long story ", 1<<20/13)
	values := []struct {
		name  string
		value any
		check func(got any) bool
	}{
		{"value", 42, func(got any) bool { return got == 42 }},
		{"error", errBoom, func(got any) bool { return got == any(errBoom) }},
		{"nil", nil, func(got any) bool { _, ok := got.(*runtime.PanicNilError); return ok }},
		{"huge string", huge, func(got any) bool { return got == any(huge) }},
	}
	for _, v := range values {
		t.Run(v.name, func(t *testing.T) {
			eachMoment(t, runForms()[0], func(t *testing.T, m core.Moment) {
				t.Helper()
				for position, name := range []string{"first", "middle", "last"} {
					t.Run(name, func(t *testing.T) {
						s := faultTest{runForms()[0], 3 - position, m, position, func() { panic(v.value) }}
						for _, f := range s.run(t, core.FaultPanic) {
							if !v.check(f.Value) {
								t.Errorf("the fault's value is %.100v", f.Value)
							}
						}
					})
				}
			})
		})
	}
	for _, form := range runForms()[1:] {
		t.Run(form.name, func(t *testing.T) {
			eachMoment(t, form, func(t *testing.T, m core.Moment) {
				t.Helper()
				faultTest{form, 2, m, 1, func() { panic("x") }}.run(t, core.FaultPanic)
			})
		})
	}
	t.Run("filter", func(t *testing.T) {
		seen, faults := namedRecorder{hooktest.NewRecorder(), "seen"}, hooktest.NewRecorder()
		e := core.NewExecutor(core.WithName("job"), core.WithLogger((&logRecorder{}).logger()))
		e.Register(core.Filter(seen, func(core.RunStart) bool { panic("x") }), faults)
		if err := core.ForEach(t.Context(), e, indexes(2), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
		if f := onlyOne[core.Fault](t, faults); f.Hook != "seen" || f.Moment != core.MomentFilter || f.Kind != core.FaultPanic {
			t.Errorf("fault %+v", f)
		}
		onlyOne[core.RunEnd](t, seen.Recorder) // a predicate that panics keeps the run
	})
	// Progress follows a clock: a failed call does not stop the next one.
	t.Run("progress goes on", func(t *testing.T) {
		for kind, do := range map[core.FaultKind]func(){core.FaultPanic: func() { panic("x") }, core.FaultGoexit: runtime.Goexit} {
			t.Run(string(kind), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { testProgressGoesOn(t, do) }) })
		}
	})
}

func testProgressGoesOn(t *testing.T, misbehave func()) {
	t.Helper()
	run := func(hooks ...core.Hook) int {
		rec := hooktest.NewRecorder()
		e := core.NewExecutor(core.WithLogger((&logRecorder{}).logger()))
		e.Register(append(hooks, rec)...)
		_ = core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { time.Sleep(9550 * time.Millisecond); return nil })
		return len(hooktest.Of[core.Progress](rec))
	}
	bad := hookAt("bad", core.MomentProgress, func(ctx context.Context, _ any) context.Context { misbehave(); return ctx })
	if got, want := run(bad), run(); got != want {
		t.Errorf("%d progress events beside a failing hook, %d without it", got, want)
	}
}
