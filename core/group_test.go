package core_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// What a Group promises as an errgroup does is tested against both, in the module
// integration. Here is what it adds.

func TestGroupIsARun(t *testing.T) {
	rec := hooktest.NewRecorder()
	e := core.NewExecutor(core.WithName("job"))
	e.Register(rec)
	g, ctx := core.NewGroup(t.Context(), e)
	if info, ok := core.RunFrom(ctx); !ok || info.Executor != "job" {
		t.Errorf("the group's context is of run %+v", info)
	}
	for i := range 20 {
		g.Go(func() error {
			if i == 7 {
				return errBoom
			}
			return nil
		})
	}
	if err := g.Wait(); err != errBoom { // as it is
		t.Errorf("Wait returned %v", err)
	}
	checkPairs(t, rec, 0)
	end := onlyOne[core.RunEnd](t, rec)
	if end.Items != -1 || end.ItemsDone != 20 || end.ItemsFailed != 1 || end.Chunks != 20 || end.Outcome != core.OutcomeError || !errors.Is(end.Err, errBoom) {
		t.Errorf("the run's end: %+v", end)
	}
}

func TestGroupOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		fs      func(ctx context.Context, cancel func()) []func() error
		outcome core.Outcome
		err     error
	}{
		"ok": {func(context.Context, func()) []func() error { return []func() error{func() error { return nil }} }, core.OutcomeOK, nil},
		"a failure, and others that stop because of it": {func(ctx context.Context, _ func()) []func() error {
			wait := func() error { <-ctx.Done(); return ctx.Err() }
			return []func() error{wait, wait, func() error { return errBoom }}
		}, core.OutcomeError, errBoom},
		"cancelled by the caller": {func(ctx context.Context, cancel func()) []func() error {
			return []func() error{func() error { cancel(); <-ctx.Done(); return ctx.Err() }}
		}, core.OutcomeCanceled, context.Canceled},
		"Goexit": {func(context.Context, func()) []func() error {
			return []func() error{func() error { runtime.Goexit(); return nil }}
		}, core.OutcomePanic, core.ErrGoexit},
	} {
		t.Run(name, func(t *testing.T) {
			var end core.RunEnd
			e := core.NewExecutor()
			e.Register(core.OnRunEnd(func(r core.RunEnd) { end = r }))
			parent, cancel := context.WithCancel(t.Context())
			defer cancel()
			g, ctx := core.NewGroup(parent, e)
			for _, f := range c.fs(ctx, cancel) {
				g.Go(f)
			}
			if err := g.Wait(); !errors.Is(err, c.err) || end.Outcome != c.outcome {
				t.Errorf("Wait returned %v, the outcome is %v", err, end.Outcome)
			}
		})
	}
}

func TestGroupAfterShutdown(t *testing.T) {
	e := core.NewExecutor()
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	g, ctx := core.NewGroup(t.Context(), e)
	g.Go(func() error { t.Error("the function was called"); return nil })
	if err := g.Wait(); !errors.Is(err, core.ErrShutdown) || ctx.Err() == nil {
		t.Errorf("Wait returned %v, the context has %v", err, ctx.Err())
	}
}

func TestGroupMisuse(t *testing.T) {
	for name, misuse := range map[string]func(){
		"no executor": func() { core.NewGroup(t.Context(), nil) },
		"no function": func() { g, _ := core.NewGroup(t.Context(), core.NewExecutor()); g.Go(nil) },
	} {
		if err, _ := panicOf(misuse).(error); err == nil || !strings.HasPrefix(err.Error(), "core: ") {
			t.Errorf("%s: panicked with %v", name, err)
		}
	}
}

// TestPanicInGroupEndsTheProgram has a function of a group panic: the program
// crashes as with an errgroup, with the function's stack, and the hooks know of it.
func TestPanicInGroupEndsTheProgram(t *testing.T) {
	const variable = "CHUNKSCOPE_TEST_GROUP_PANIC"
	if os.Getenv(variable) != "" {
		e := core.NewExecutor()
		e.Register(core.OnItemFailure(func(f core.ItemFailure) { println("failure:", f.Outcome.String()) }))
		g, _ := core.NewGroup(context.Background(), e)
		g.Go(func() error { writeToNilMap(nil); return nil })
		_ = g.Wait()
		select {} // the crash comes from another goroutine
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), variable+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the program did not crash:\n%s", out)
	}
	for _, want := range []string{"failure: panic", "assignment to entry in nil map", "core_test.writeToNilMap"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not print %q:\n%s", want, out)
		}
	}
}
