package otelhook_test

import (
	"bytes"
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// TestSpanNameFormattersThatBreak checks that spans get their default names, and
// that the hook logs the first break of a formatter.
func TestSpanNameFormattersThatBreak(t *testing.T) {
	for want, breakIt := range map[string]func(){"panic: broken": func() { panic("broken") }, "runtime.Goexit was called": runtime.Goexit} {
		t.Run(want, func(t *testing.T) {
			var log bytes.Buffer
			th := newTestHook(otelhook.WithLogger(textLogger(&log)), otelhook.WithSpanNameFormatter(func(operation, _ string) string {
				if operation == "chunk" {
					breakIt()
				}
				return "mine"
			}))
			for range 2 {
				runDoubling(t, th)
			}
			if runs, chunks := th.named("run import"), th.named("chunk import"); len(runs) != 2 || len(chunks) != 6 {
				t.Errorf("%d run spans and %d chunk spans have the default names", len(runs), len(chunks))
			}
			if got := values(th.collect(t)["chunkscope.run.duration"])["chunkscope.executor=import,chunkscope.outcome=ok"]; got != 2 {
				t.Errorf("%v runs are measured", got)
			}
			if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "WithSpanNameFormatter") || !strings.Contains(text, want) {
				t.Errorf("logged %q", text)
			}
		})
	}
}

// TestErrorsThatBreak checks that a chunk has its span, and the hook no fault, if
// the method of the chunk's error breaks.
func TestErrorsThatBreak(t *testing.T) {
	for name, breakIt := range map[string]func(){"panic": func() { panic("broken") }, "Goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			th := newTestHook(otelhook.WithErrorMessages())
			e := core.NewExecutor(core.WithName("import"), core.WithWorkers(1), core.WithChunkSize(1), core.WithContinueOnError())
			e.Register(th.Hook, core.OnFault(func(f core.Fault) { t.Errorf("fault of %s at %v: %v", f.Hook, f.Moment, f.Value) }))
			_ = core.ForEachChunk(t.Context(), e, []int{1, 2}, func(context.Context, []int) error {
				return brokenError{func() string { breakIt(); return "" }}
			})
			chunks := th.named("chunk import")
			if len(chunks) != 2 || !strings.Contains(chunks[0].Status.Description, "broke") {
				t.Errorf("chunk spans %v", chunks)
			}
		})
	}
}
