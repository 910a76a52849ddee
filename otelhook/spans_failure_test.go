package otelhook_test

import (
	"cmp"
	"context"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/codes"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

type throttledError struct{}

func (throttledError) Error() string     { return "secret 429" }
func (throttledError) ErrorType() string { return "throttled" }

// TestFailures checks that only the innermost span has the error.
func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		name, outcome, errorType, message string
		fail                              func() error
	}{
		{"error", "error", "fs.PathError", "item 1: open secret: file does not exist", func() error {
			return &fs.PathError{Op: "open", Path: "secret", Err: fs.ErrNotExist}
		}},
		{"own type", "error", "throttled", "item 1: secret 429", func() error { return throttledError{} }},
		{"panic", "panic", "panic", "item 1: panic: secret", func() error { panic("secret") }},
		{"goexit", "panic", "goexit", "item 1: core: the function called runtime.Goexit", func() error { runtime.Goexit(); return nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, messages := range []bool{false, true} {
				var opts []otelhook.Option
				description := ""
				if messages {
					opts, description = append(opts, otelhook.WithErrorMessages()), tt.message
				}
				th := newTestHook(opts...)
				items := []int{0, 1, 2}
				_ = core.ForEach(t.Context(), th.executor(core.WithWorkers(1), core.WithChunkSize(1), core.WithContinueOnError()), items,
					func(_ context.Context, i int) error {
						if i == 1 {
							return tt.fail()
						}
						return nil
					})
				run := th.one(t, "run import")
				run.wantAttrs(t, map[string]string{"chunkscope.outcome": tt.outcome, "error.type": "", "chunkscope.run.items_failed": "1", "chunkscope.run.chunks_failed": "1"})
				if run.Status.Code != codes.Error || run.Status.Description != "" {
					t.Errorf("status of the run %+v", run.Status)
				}
				for _, chunk := range th.named("chunk import") {
					if chunk.attrs["chunkscope.chunk.index"].AsInt64() == 1 {
						chunk.wantAttrs(t, map[string]string{"chunkscope.outcome": tt.outcome, "error.type": tt.errorType, "chunkscope.chunk.items_failed": "1"})
						if chunk.Status.Code != codes.Error || chunk.Status.Description != description {
							t.Errorf("status of the failed chunk %+v, want %q", chunk.Status, description)
						}
					} else {
						chunk.wantAttrs(t, map[string]string{"chunkscope.outcome": "ok", "error.type": ""})
						if chunk.Status.Code != codes.Unset {
							t.Errorf("status of a healthy chunk %+v", chunk.Status)
						}
					}
					if len(chunk.Events) > 0 {
						t.Errorf("events %v", chunk.Events)
					}
				}
			}
		})
	}
}

// TestToleratedFailures checks that a partial run is a success with failed chunks.
func TestToleratedFailures(t *testing.T) {
	for _, which := range []otelhook.ChunkSpans{otelhook.All, otelhook.Off} {
		th := newTestHook(otelhook.WithChunkSpans(which))
		exec := th.executor(core.WithWorkers(1), core.WithChunkSize(1), core.WithMaxFailedItems(1))
		_ = core.ForEach(t.Context(), exec, []int{0, 1, 2}, func(_ context.Context, i int) error {
			if i == 1 {
				return throttledError{}
			}
			return nil
		})
		run := th.one(t, "run import")
		run.wantAttrs(t, map[string]string{"chunkscope.outcome": "partial", "error.type": "", "chunkscope.run.items_failed": "1", "chunkscope.run.chunks_failed": "1"})
		if run.Status.Code != codes.Unset {
			t.Errorf("status of the run %+v", run.Status)
		}
		for _, chunk := range th.named("chunk import") {
			if failed := chunk.attrs["chunkscope.chunk.index"].AsInt64() == 1; failed != (chunk.Status.Code == codes.Error) {
				t.Errorf("chunk with %v: status %+v", chunk.attrs, chunk.Status)
			}
		}
	}
}

// TestFailureWithoutChunkSpan checks that the run's span has an error that no
// chunk's span has.
func TestFailureWithoutChunkSpan(t *testing.T) {
	off := newTestHook(otelhook.WithChunkSpans(otelhook.Off), otelhook.WithErrorMessages())
	_ = core.ForEach(t.Context(), off.executor(), []int{1}, func(context.Context, int) error { return throttledError{} })
	outside := newTestHook(otelhook.WithErrorMessages())
	_, run := outside.executor().Start(t.Context(), 0)
	run.End(throttledError{})
	for _, th := range []*testHook{off, outside} {
		s := th.one(t, "run import")
		s.wantAttrs(t, map[string]string{"error.type": "throttled", "chunkscope.outcome": "error"})
		if s.Status.Code != codes.Error || !strings.Contains(s.Status.Description, "secret 429") {
			t.Errorf("status %+v", s.Status)
		}
	}
}

// TestCancelledRun checks that its spans end and are exported, and that only a
// missed deadline is a failure.
func TestCancelledRun(t *testing.T) {
	for _, tt := range []struct {
		name, errorType string
		code            codes.Code
		cancel          bool // or wait for the deadline
	}{
		{"cancelled", "", codes.Unset, true},
		{"deadline", "timeout", codes.Error, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				th := newTestHook()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				exec := th.executor(core.WithWorkers(1), core.WithChunkSize(1))
				err := core.ForEachChunk(ctx, exec, []int{0, 1}, func(ctx context.Context, _ []int) error {
					if tt.cancel {
						cancel()
					}
					<-ctx.Done()
					return ctx.Err()
				})
				if err == nil {
					t.Fatal("the run was not cancelled")
				}
				run, chunk := th.one(t, "run import"), th.one(t, "chunk import")
				run.wantAttrs(t, map[string]string{"chunkscope.outcome": "canceled", "error.type": tt.errorType})
				chunk.wantAttrs(t, map[string]string{"chunkscope.outcome": "canceled", "error.type": ""})
				if run.Status.Code != tt.code || chunk.Status.Code != codes.Unset {
					t.Errorf("status of the run %+v, of the chunk %+v", run.Status, chunk.Status)
				}
				word := cmp.Or(tt.errorType, "canceled")
				want := "chunkscope.executor=import,chunkscope.outcome=canceled,error.type=" + word
				for _, name := range []string{"chunkscope.run.duration", "chunkscope.chunk.duration"} {
					if got := values(th.collect(t)[name]); len(got) != 1 || got[want] != 1 {
						t.Errorf("%s %v, want one of %s", name, got, want)
					}
				}
			})
		})
	}
}
