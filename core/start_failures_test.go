package core_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// TestStartChunkFails has chunks that return an error, panic or exit.
func TestStartChunkFails(t *testing.T) {
	value := &streamResult{value: 1}
	tests := map[string]struct {
		fn    func(context.Context) error
		want  callFailure
		inner error // wrapped by the chunk's error; nil for a panic with value
	}{
		"error":  {func(context.Context) error { return errBoom }, callFailure{err: errBoom}, errBoom},
		"panic":  {func(context.Context) error { panic(value) }, callFailure{panicValue: value}, nil},
		"goexit": {func(context.Context) error { runtime.Goexit(); return nil }, callFailure{goexited: true}, core.ErrGoexit},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, run, rec := startRun(t, 5)
			if got := callChunk(ctx, run, 3, tt.fn); got != tt.want {
				t.Errorf("Chunk: %+v, want %+v", got, tt.want)
			}
			if err := run.Chunk(ctx, 2, succeed); err != nil {
				t.Errorf("the chunk after it: %v", err)
			}
			run.End(nil)
			checkPairs(t, rec, 0)
			end, chunk := onlyOne[core.RunEnd](t, rec), hooktest.Of[core.ChunkEnd](rec)[0]
			outcome := core.OutcomePanic
			if name == "error" {
				outcome = core.OutcomeError
			}
			if chunk.Outcome != outcome || chunk.ItemsDone != 3 || chunk.ItemsFailed != 3 {
				t.Errorf("the chunk's end: %+v", chunk)
			}
			if end.Outcome != outcome || end.ItemsDone != 5 || end.ItemsFailed != 3 || end.Chunks != 2 || end.ChunksFailed != 1 {
				t.Errorf("the run's end: %+v", end)
			}
			failure := onlyOne[core.ItemFailure](t, rec)
			failed, ok := errors.AsType[*core.ChunkError](failure.Err)
			if !ok || failed.Chunk != 0 || failed.Offset != 0 || failed.Items != 3 || failure.Items != 3 {
				t.Fatalf("the failure: %+v", failure)
			}
			panicked, _ := errors.AsType[*core.PanicError](failed)
			if tt.inner != nil && failed.Err != tt.inner || tt.inner == nil && (panicked == nil || panicked.Value != value || !strings.Contains(string(panicked.Stack), "TestStartChunkFails")) {
				t.Errorf("the error: %v", failed.Err)
			}
			if !errors.Is(end.Err, failed) {
				t.Errorf("the run's error lacks the chunk's: %v", end.Err)
			}
		})
	}
}

// callChunk calls Chunk on a new goroutine and returns how the call ended.
func callChunk(ctx context.Context, run *core.Run, items int, fn func(context.Context) error) (b callFailure) {
	onNewGoroutine(func() {
		returned := false
		defer func() {
			if !returned {
				b.panicValue = recover()
				b.goexited = b.panicValue == nil
			}
		}()
		b.err = run.Chunk(ctx, items, fn)
		returned = true
	})
	return b
}

// TestStartHookFails has a hook of the chunk that fails. The function still runs, and
// only a hook's Goexit ends the caller's goroutine.
func TestStartHookFails(t *testing.T) {
	for _, at := range []core.Moment{core.MomentChunkStart, core.MomentChunkEnd, core.MomentItemFailure} {
		for kind, misbehave := range map[core.FaultKind]func(){core.FaultPanic: func() { panic(errBoom) }, core.FaultGoexit: runtime.Goexit} {
			t.Run(fmt.Sprintf("%v/%s", at, kind), func(t *testing.T) {
				failing := hookAt("fails", at, func(context.Context, any) context.Context {
					misbehave()
					return nil
				})
				ctx, run, rec := startRun(t, 2, failing)
				calls := 0
				got := callChunk(ctx, run, 2, func(context.Context) error {
					calls++
					return errStop
				})
				if want := (callFailure{goexited: true}); kind == core.FaultGoexit && got != want || kind == core.FaultPanic && got.err != errStop {
					t.Errorf("Chunk: %+v", got)
				}
				if calls != 1 {
					t.Errorf("the function was called %d times", calls)
				}
				run.End(nil)
				checkPairs(t, rec, 0)
				fault, end := onlyOne[core.Fault](t, rec), onlyOne[core.RunEnd](t, rec)
				if fault.Hook != "fails" || fault.Moment != at || fault.Kind != kind || end.ItemsDone != 2 || end.ItemsFailed != 2 || end.Outcome != core.OutcomeError {
					t.Errorf("the fault is %+v\nthe run's end %+v", fault, end)
				}
			})
		}
	}
}
