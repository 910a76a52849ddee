package core_test

import (
	"errors"
	"iter"
	"runtime"
	"slices"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// TestStreamSource checks that the source is called once, on one goroutine. Its
// variables have no lock, so that the race detector reports a second goroutine.
func TestStreamSource(t *testing.T) {
	eachStreamForm(t, func(t streamTest) {
		calls, pulled, returned := 0, 0, false
		src := func(yield func(int, error) bool) {
			calls++
			for i := range 1000 {
				pulled++
				if !yield(i, nil) {
					t.Errorf("stopped at item %d", i)
				}
			}
			returned = true
		}
		_ = checkPrefix(t.T, collectStream(t.form(t.Context(), newStreamExecutor(nil), src, square)), 1000, false)
		if calls != 1 || pulled != 1000 || !returned {
			t.Errorf("the source was called %d times, pulled %d items, returned %v", calls, pulled, returned)
		}
	})
}

// TestStreamSourceFails ends the source in all ways after 10 items.
func TestStreamSourceFails(t *testing.T) {
	endingWith := func(end func()) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			countTo(10, nil)(yield)
			end()
		}
	}
	tests := map[string]struct {
		src     iter.Seq2[int, error]
		outcome core.Outcome
		is      error
	}{
		"error":               {countTo(10, errBoom), core.OutcomeError, errBoom},
		"panic with a text":   {endingWith(func() { panic("text") }), core.OutcomePanic, nil},
		"panic with an error": {endingWith(func() { panic(errBoom) }), core.OutcomePanic, errBoom},
		"goexit":              {endingWith(runtime.Goexit), core.OutcomePanic, core.ErrGoexit},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			eachStreamForm(t, func(t streamTest) {
				for _, opts := range [][]core.Option{nil, {core.WithContinueOnError()}} {
					rec := hooktest.NewRecorder()
					all := collectStream(t.form(t.Context(), newStreamExecutor(rec, opts...), tt.src, square))
					err := checkPrefix(t.T, all, 10, true)
					run, end := mustRunError(t.T, err), onlyOne[core.RunEnd](t.T, rec)
					var panicked *core.PanicError
					switch {
					case run.Outcome != tt.outcome || end.Outcome != tt.outcome || end.Err != err:
						t.Errorf("outcome %v, at the run's end %v, want %v", run.Outcome, end.Outcome, tt.outcome)
					case run.ItemsDone != 10 || run.ItemsFailed != 0 || len(run.Errors) != 1:
						t.Errorf("%d done, %d failed, %v", run.ItemsDone, run.ItemsFailed, run.Errors)
					case tt.is != nil && !errors.Is(err, tt.is):
						t.Errorf("the error is %v", err)
					case tt.is == nil && (!errors.As(err, &panicked) || panicked.Value != "text"):
						t.Errorf("the error is %v, with %v", err, panicked)
					}
				}
			})
		})
	}
}

func TestFromSeq(t *testing.T) {
	src := core.FromSeq(slices.Values([]string{"a", "b", "c"}))
	for _, want := range []int{3, 2, 0} { // several times, and not always to the end
		var got []string
		for v, err := range src {
			if err != nil {
				t.Error(err)
			}
			if len(got) == want {
				break
			}
			got = append(got, v)
		}
		if !slices.Equal(got, []string{"a", "b", "c"}[:want]) {
			t.Errorf("got %q", got)
		}
	}
}
