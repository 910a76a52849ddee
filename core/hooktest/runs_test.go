package hooktest

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// Errors of which one method calls runtime.Goexit.
type (
	exitingError  struct{}
	exitingIs     struct{}
	exitingUnwrap struct{}
)

func (exitingError) Error() string  { runtime.Goexit(); return "" }
func (exitingIs) Error() string     { return "exits in Is" }
func (exitingIs) Is(error) bool     { runtime.Goexit(); return false }
func (exitingUnwrap) Error() string { return "exits in Unwrap" }
func (exitingUnwrap) Unwrap() error { runtime.Goexit(); return nil }

// All scenarios end with such errors: of items, of panics, of sources, of Run.End and
// as causes of cancellation.
func TestRunsEndWithErrorsThatExit(t *testing.T) {
	for _, bad := range []error{exitingError{}, exitingIs{}, exitingUnwrap{}} {
		for _, opts := range [][]core.Option{nil, {core.WithContinueOnError()}} {
			t.Run(fmt.Sprintf("%T/%d options", bad, len(opts)), func(t *testing.T) {
				r, rec := newRunner("job", bad, opts...), NewRecorder()
				r.exec.Register(rec)
				if failure := guarded(r.runAll); failure != nil {
					t.Errorf("a run %s\n%s", failure.text, failure.stack)
				}
				for _, line := range rec.Unpaired() {
					t.Error(line)
				}
				for _, f := range Of[core.Fault](rec) {
					t.Errorf("fault %+v", f)
				}
				// Lines formats these errors too.
				if got := len(rec.Lines()); got == 0 {
					t.Error("nothing was recorded")
				}
			})
		}
	}
}
