package core_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

//go:noinline
func writeToNilMap(m map[string]int) { m["x"] = 1 }

// TestPanicInRunChunkKeepsItsStack has a program crash by a panic inside of
// Run.Chunk: what it prints names the function that panicked, the hooks have been
// called by then, and a hook that panics too changes neither.
func TestPanicInRunChunkKeepsItsStack(t *testing.T) {
	const variable = "CHUNKSCOPE_TEST_PANIC"
	if os.Getenv(variable) != "" {
		e := core.NewExecutor()
		e.Register(
			core.OnChunkEnd(func(core.ChunkEnd) { panic("a hook's own") }),
			core.OnChunkEnd(func(c core.ChunkEnd) { fmt.Fprintln(os.Stderr, "chunk end:", c.Outcome) }),
		)
		ctx, run := e.Start(context.Background(), 1)
		_ = run.Chunk(ctx, 1, func(context.Context) error {
			writeToNilMap(nil)
			return nil
		})
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), variable+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the program did not crash:\n%s", out)
	}
	for _, want := range []string{"chunk end: panic", "assignment to entry in nil map", "core_test.writeToNilMap", "start_panic_test.go"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not print %q:\n%s", want, out)
		}
	}
}

// TestInterruptedChunkHasNothingDone interrupts a chunk that has reported progress:
// its end and the run's count no item of it, and Progress keeps what was reported.
func TestInterruptedChunkHasNothingDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var chunk core.ChunkEnd
	var end core.RunEnd
	var last core.Progress
	e := core.NewExecutor(core.WithProgressInterval(0))
	e.Register(
		core.OnChunkEnd(func(c core.ChunkEnd) { chunk = c }),
		core.OnRunEnd(func(r core.RunEnd) { end = r }),
		core.OnProgress(func(p core.Progress) { last = p }),
	)
	err := core.ForEachChunk(ctx, e, indexes(10), func(ctx context.Context, _ []int) error {
		core.ReportProgress(ctx, 1)
		cancel()
		return ctx.Err()
	})
	run := mustRunError(t, err)
	if chunk.ItemsDone != 0 || chunk.Outcome != core.OutcomeCanceled || end.ItemsDone != 0 || run.ItemsDone != 0 {
		t.Errorf("items done: %d in the chunk (%v), %d in the run, %d in its error", chunk.ItemsDone, chunk.Outcome, end.ItemsDone, run.ItemsDone)
	}
	if last.ItemsDone == 0 {
		t.Error("the last Progress has lost what was reported")
	}
	for i := range 10 {
		if !run.Unfinished(i) {
			t.Errorf("item %d is not unfinished", i)
		}
	}
}
