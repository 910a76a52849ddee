package core_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// A loop of n rounds is written over a slice of empty structs, which has no memory.
func rounds(n int) []struct{} { return make([]struct{}, n) }

func TestSizesNearTheLargestInt(t *testing.T) {
	const n = math.MaxInt/2 + 1
	e := core.NewExecutor(core.WithWorkers(8), core.WithChunkSize(n/2))
	lengths := make(chan int, 8)
	err := core.ForEachChunk(t.Context(), e, rounds(n), func(_ context.Context, in []struct{}) error {
		lengths <- len(in)
		return nil
	})
	close(lengths)
	sum := 0
	for length := range lengths {
		sum += length
	}
	if err != nil || sum != n {
		t.Errorf("chunks of %d items in all, want %d; %v", sum, n, err)
	}
	err = core.ForEachChunk(t.Context(), core.NewExecutor(), rounds(math.MaxInt), func(context.Context, []struct{}) error { return errBoom })
	if run := mustRunError(t, err); run.Unfinished(0) || !run.Failed(0) || !run.Unfinished(math.MaxInt-1) {
		t.Errorf("the states of the items are wrong: %v", err)
	}
}

func TestFirstFailureAllocatesLittle(t *testing.T) {
	for name, opts := range map[string][]core.Option{"fail-fast": nil, "continue": {core.WithContinueOnError()}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ctx, cancel := context.WithCancel(t.Context())
		err := core.ForEach(ctx, core.NewExecutor(append(opts, core.WithWorkers(2))...), rounds(1<<31-1), func(context.Context, struct{}) error {
			cancel()
			return errBoom
		})
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 || !errors.Is(err, errBoom) {
			t.Errorf("%s: the first of two billion items fails with %v and %d KiB", name, err, got>>10)
		}
	}
}

func TestTotalsSaturate(t *testing.T) {
	var end core.RunEnd
	var last core.ChunkEnd
	e := core.NewExecutor()
	e.Register(core.OnRunEnd(func(r core.RunEnd) { end = r }), core.OnChunkEnd(func(c core.ChunkEnd) { last = c }))
	ctx, run := e.Start(t.Context(), -1)
	for range 3 {
		_ = run.Chunk(ctx, math.MaxInt, func(context.Context) error { return nil })
	}
	run.End(nil)
	if end.ItemsDone != math.MaxInt || last.Offset != math.MaxInt || last.RunItemsDone != math.MaxInt {
		t.Errorf("items done %d, the last chunk %+v", end.ItemsDone, last)
	}
}

func TestTooManyWorkers(t *testing.T) {
	err, _ := panicOf(func() { core.NewExecutor(core.WithWorkers(math.MaxInt)) }).(error)
	if err == nil || !strings.Contains(err.Error(), "WithWorkers(") {
		t.Errorf("NewExecutor panicked with %v", err)
	}
}

func TestZeroExecutor(t *testing.T) {
	var e core.Executor
	for name, use := range map[string]func(){
		"Register": func() { e.Register(core.OnRunEnd(func(core.RunEnd) {})) },
		"Map": func() {
			_ = core.ForEach(t.Context(), &e, indexes(1), func(context.Context, int) error { return nil })
		},
		"Start": func() { e.Start(t.Context(), 1) },
	} {
		err, _ := panicOf(use).(error)
		if name == "Map" && err == nil {
			t.Errorf("%s panicked without an error", name)
		} else if err == nil || !strings.Contains(err.Error(), "NewExecutor") {
			t.Errorf("%s panicked with %v", name, err)
		}
	}
}

// uncomparableError is an error that panics if it is compared.
type uncomparableError []string

func (e uncomparableError) Error() string { return strings.Join(e, " ") }

// endedContext is done, with an error that cannot be compared.
type endedContext struct{ context.Context }

func (endedContext) Done() <-chan struct{} { c := make(chan struct{}); close(c); return c }
func (endedContext) Err() error            { return uncomparableError{"stopped"} }

func TestContextWithAnUncomparableError(t *testing.T) {
	err := core.ForEach(endedContext{t.Context()}, core.NewExecutor(core.WithName("job")), indexes(2), func(context.Context, int) error { return nil })
	if err == nil || err.Error() != "job: canceled after 0 of 2 items: stopped" {
		t.Errorf("got %v", err)
	}
}
