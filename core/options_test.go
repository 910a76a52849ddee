package core_test

import (
	"context"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestOptionsOutOfRange(t *testing.T) {
	options := []struct {
		name, value string
		make        func() core.Option
	}{
		{"WithWorkers", "0", func() core.Option { return core.WithWorkers(0) }},
		{"WithWorkers", "-3", func() core.Option { return core.WithWorkers(-3) }},
		{"WithChunkSize", "0", func() core.Option { return core.WithChunkSize(0) }},
		{"WithChunkSize", "-1", func() core.Option { return core.WithChunkSize(-1) }},
		{"WithLinger", "0s", func() core.Option { return core.WithLinger(0) }},
		{"WithLinger", "-1s", func() core.Option { return core.WithLinger(-time.Second) }},
		{"WithLinger", "1s", func() core.Option { return core.WithLinger(time.Second) }}, // without WithChunkSize
		{"WithTargetChunkDuration", "0s", func() core.Option { return core.WithTargetChunkDuration(0) }},
		{"WithTargetChunkDuration", "-1s", func() core.Option { return core.WithTargetChunkDuration(-time.Second) }},
		{"WithMaxFailedItems", "-1", func() core.Option { return core.WithMaxFailedItems(-1) }},
		{"WithMaxFailedRatio", "-0.01", func() core.Option { return core.WithMaxFailedRatio(-0.01) }},
		{"WithMaxFailedRatio", "1.01", func() core.Option { return core.WithMaxFailedRatio(1.01) }},
		{"WithMaxFailedRatio", "NaN", func() core.Option { return core.WithMaxFailedRatio(math.NaN()) }},
		{"WithProgressInterval", "-1ns", func() core.Option { return core.WithProgressInterval(-1) }},
		{"WithHeartbeat", "0s", func() core.Option { return core.WithHeartbeat(0) }},
		{"WithHeartbeat", "-1m0s", func() core.Option { return core.WithHeartbeat(-time.Minute) }},
	}
	for _, o := range options {
		t.Run(o.name+"("+o.value+")", func(t *testing.T) {
			option := o.make() // the option itself does not panic
			err, ok := panicOf(func() { core.NewExecutor(option) }).(error)
			if want := "core: " + o.name + "(" + o.value + "): "; !ok || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "; give ") {
				t.Errorf("NewExecutor panicked with %v, want an error that begins with %q and has the fix", err, want)
			}
		})
	}
	both, _ := panicOf(func() { core.NewExecutor(core.WithWorkers(0), core.WithHeartbeat(-1)) }).(error)
	if both == nil || !strings.Contains(both.Error(), "WithWorkers(0)") || !strings.Contains(both.Error(), "WithHeartbeat(-1ns)") {
		t.Errorf("of two mistakes one is reported: %v", both)
	}
	within := core.NewExecutor(nil, core.WithWorkers(1), core.WithChunkSize(1), core.WithLinger(1), core.WithTargetChunkDuration(1),
		core.WithMaxFailedItems(0), core.WithMaxFailedRatio(0), core.WithMaxFailedRatio(1), core.WithProgressInterval(0), core.WithHeartbeat(1), core.WithName("name"), core.WithName(""), core.WithLogger(nil))
	if within.Name() != "name" {
		t.Errorf("the name is %q", within.Name())
	}
	if name := core.NewExecutor().Name(); name == "" || strings.ContainsAny(name, "/\\") {
		t.Errorf("the default name is %q", name)
	}
}

// TestNameOfTheEnvironment checks that the environment names the executors to which
// the program gives no name.
func TestNameOfTheEnvironment(t *testing.T) {
	for value, want := range map[string]string{"nightly-eu": "nightly-eu", " nightly\t": "nightly", " ": core.NewExecutor().Name(), "": core.NewExecutor().Name()} {
		t.Setenv("CHUNKSCOPE_EXECUTOR", value)
		if got := core.NewExecutor().Name(); got != want {
			t.Errorf("with %q the name is %q, want %q", value, got, want)
		}
		if got := core.NewExecutor(core.WithName("code")).Name(); got != "code" {
			t.Errorf("the program's name gives way to %q", got)
		}
		t.Setenv("CHUNKSCOPE_EXECUTOR", "")
	}
}

// The default number of workers is GOMAXPROCS, and never more than there are items.
func TestDefaultWorkers(t *testing.T) {
	rec := hooktest.NewRecorder()
	e := core.NewExecutor()
	e.Register(rec)
	for _, n := range []int{1, 1000} {
		if err := core.ForEach(t.Context(), e, indexes(n), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	starts := hooktest.Of[core.RunStart](rec)
	if starts[0].Workers != 1 || starts[1].Workers != min(1000, runtime.GOMAXPROCS(0)) {
		t.Errorf("%d workers for 1 item, %d for 1000", starts[0].Workers, starts[1].Workers)
	}
}
