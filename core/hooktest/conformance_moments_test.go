package hooktest

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

func TestConformanceFindsNothingWrongWithAGoodHook(t *testing.T) {
	wantFailures(t, func() core.Hook { return &badHook{} })
	wantFailures(t, func() core.Hook { return NewRecorder() })
}

func TestConformanceFindsFailingMoments(t *testing.T) {
	for _, tt := range []struct {
		name string
		hook func() *badHook
		want []string
	}{
		{"divides by a zero event", func() *badHook {
			return &badHook{chunkEnd: func(_ context.Context, e core.ChunkEnd) { _ = 100 / e.Items }}
		}, []string{`zero_events: OnChunkEnd panics: "runtime error: integer divide by zero", given a zero event. To fix: `}},
		{"insists on a live context", func() *badHook {
			return &badHook{runEnd: func(ctx context.Context, _ core.RunEnd) {
				if ctx.Err() != nil {
					panic(ctx.Err())
				}
			}}
		}, []string{`contexts: OnRunEnd panics: "context canceled", given a canceled context. To fix: `}},
		{"loses context values", func() *badHook {
			return &badHook{runStart: func(context.Context, core.RunStart) context.Context { return context.Background() }}
		}, []string{`context_values: OnRunStart returns a context without the values of the one it was given. To fix: `}},
		{"makes labels of names", func() *badHook {
			return &badHook{runStart: func(ctx context.Context, e core.RunStart) context.Context {
				if strings.Contains(e.Executor, "\n") {
					panic("line end in " + e.Executor)
				}
				return ctx
			}}
		}, []string{
			`hostile_texts: OnRunStart panics: "line end in a\nb\r\nc`,
			`hostile_runs: OnRunStart panics: "line end in a\nb\r\nc`,
		}},
		{"has a buffer of fixed size", func() *badHook {
			return &badHook{itemFailure: func(_ context.Context, e core.ItemFailure) {
				if e.Err != nil {
					copyInto(make([]byte, 4096), e.Executor)
				}
			}}
		}, []string{`hostile_texts: OnItemFailure panics`, `hostile_runs: OnItemFailure panics`}},
		{"counts errors in a map", func() *badHook {
			return &badHook{itemFailure: func(_ context.Context, e core.ItemFailure) {
				if wrapper, ok := e.Err.(interface{ Unwrap() error }); ok {
					_ = map[error]int{wrapper.Unwrap(): 1}
				}
			}}
		}, []string{
			`extreme_events: OnItemFailure panics: "runtime error: hash of unhashable type hooktest.listError", given an event with an error that cannot be compared`,
			`hostile_runs: OnItemFailure panics: "runtime error: hash of unhashable type hooktest.listError", in a real run where`,
		}},
		{"expects totals to be known", func() *badHook {
			return &badHook{runStart: func(ctx context.Context, e core.RunStart) context.Context {
				_ = make([]bool, e.Items%1000)
				return ctx
			}}
		}, []string{
			`extreme_events: OnRunStart panics: "runtime error: makeslice: len out of range", given an event with an unknown number of items. To fix: `,
			`runs: OnRunStart panics: "runtime error: makeslice: len out of range", in a real run that`, "*",
		}},
		{"exits in a failure", func() *badHook {
			return &badHook{itemFailure: func(_ context.Context, e core.ItemFailure) {
				if e.Err != nil {
					runtime.Goexit()
				}
			}}
		}, []string{
			`contexts: OnItemFailure calls runtime.Goexit, given context.Background(). To fix: `,
			`runs: OnItemFailure calls runtime.Goexit, in a real run that stops at the first failure. To fix: `, "*",
		}},
		{"panics with a value that cannot be formatted", func() *badHook {
			return &badHook{runEnd: func(context.Context, core.RunEnd) { panic(exitingError{}) }}
		}, []string{
			`zero_events: OnRunEnd panics: "(formatting a hooktest.exitingError failed)", given a zero event. To fix: `,
			`runs: OnRunEnd panics: "(formatting a hooktest.exitingError failed)", in a real run that stops at the first failure. To fix: `, "*",
		}},
		{"panics in OnFault", func() *badHook {
			return &badHook{fault: func(_ context.Context, f core.Fault) { _ = f.Stack[0] }}
		}, []string{`zero_events: OnFault panics`, `hostile_texts: OnFault panics`}},
		{"panics in real runs only", func() *badHook {
			return &badHook{chunkEnd: func(ctx context.Context, _ core.ChunkEnd) {
				if _, ok := core.ChunkFrom(ctx); ok {
					panic("a real one")
				}
			}}
		}, []string{`runs: OnChunkEnd panics: "a real one", in a real run that stops at the first failure. To fix: `, "*"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantFailures(t, func() core.Hook { return tt.hook() }, tt.want...)
		})
	}
}

func copyInto(buffer []byte, text string) {
	for i := range len(text) {
		buffer[i] = text[i]
	}
}
