package label_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
)

type typedError struct{ word string }

func (e typedError) Error() string     { return "typed" }
func (e typedError) ErrorType() string { return e.word }

type valueError struct{ error }

func (w valueError) Unwrap() error { return w.error }

func TestErrorType(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"nil", nil, ""},
		{"errors.New", errors.New("x"), "errors.errorString"},
		{"a type that wraps an error", path, "fs.PathError"},
		{"item error", &core.ItemError{Index: 3, Err: path}, "fs.PathError"},
		{"run error", &core.RunError{Errors: []error{&core.ChunkError{Err: path}}}, "fs.PathError"},
		{"run error without errors", &core.RunError{}, "core.RunError"},
		{"wrapped by fmt", fmt.Errorf("b: %w", fmt.Errorf("a: %w", path)), "fs.PathError"},
		{"two errors wrapped by fmt", fmt.Errorf("%w and %w", path, errors.ErrUnsupported), "fs.PathError"},
		{"joined", errors.Join(path, errors.ErrUnsupported), "fs.PathError"},
		{"error of fmt that wraps nothing", fmt.Errorf("x %d", 1), "errors.errorString"},
		{"a value, not a pointer", valueError{path}, "label_test.valueError"},
		{"panic", &core.ItemError{Err: &core.PanicError{Value: path}}, "panic"},
		{"goexit", &core.ItemError{Err: core.ErrGoexit}, "goexit"},
		{"with a method ErrorType", fmt.Errorf("%w", typedError{"throttled"}), "throttled"},
		{"with a method ErrorType that returns nothing", typedError{}, label.Unknown},
		{"deadline", &core.ItemError{Err: context.DeadlineExceeded}, "timeout"},
		{"timeout of the system", &fs.PathError{Err: os.ErrDeadlineExceeded}, "timeout"},
		{"canceled", fmt.Errorf("%w", context.Canceled), "canceled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := label.ErrorType(tt.err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Each of these errors has one method that calls a function of the test.
type (
	brokenIs          struct{ call func() }
	brokenAs          struct{ call func() }
	brokenUnwrap      struct{ call func() }
	brokenUnwrapSlice struct{ call func() }
	brokenErrorType   struct{ call func() }
	brokenTimeout     struct{ call func() }
)

func (brokenIs) Error() string          { return "" }
func (brokenAs) Error() string          { return "" }
func (brokenUnwrap) Error() string      { return "" }
func (brokenUnwrapSlice) Error() string { return "" }
func (brokenErrorType) Error() string   { return "" }
func (brokenTimeout) Error() string     { return "" }

func (e brokenIs) Is(error) bool            { e.call(); return false }
func (e brokenAs) As(any) bool              { e.call(); return false }
func (e brokenUnwrap) Unwrap() error        { e.call(); return nil }
func (e brokenUnwrapSlice) Unwrap() []error { e.call(); return nil }
func (e brokenErrorType) ErrorType() string { e.call(); return "" }
func (e brokenTimeout) Timeout() bool       { e.call(); return false }

func TestErrorTypeOfBrokenErrorsIsUnknown(t *testing.T) {
	for way, call := range map[string]func(){"panic": func() { panic("boom") }, "Goexit": runtime.Goexit} {
		for _, err := range []error{
			brokenIs{call}, brokenAs{call}, brokenUnwrap{call}, brokenUnwrapSlice{call}, brokenErrorType{call}, brokenTimeout{call},
		} {
			t.Run(fmt.Sprintf("%T/%s", err, way), func(t *testing.T) {
				if got := label.ErrorType(&core.ItemError{Err: err}); got != label.Unknown {
					t.Errorf("got %q", got)
				}
			})
		}
	}
}

// brokenError breaks in its text, which is not part of its type.
type brokenError struct{ call func() }

func (e brokenError) Error() string { e.call(); return "" }

func TestErrorTypeDoesNotReadTheText(t *testing.T) {
	for _, call := range []func(){func() { panic("boom") }, runtime.Goexit} {
		if got := label.ErrorType(brokenError{call}); got != "label_test.brokenError" {
			t.Errorf("got %q", got)
		}
	}
}

func BenchmarkErrorType(b *testing.B) {
	for name, err := range map[string]error{
		"plain": &core.ItemError{Err: fmt.Errorf("row: %w", errors.New("bad"))},
		"other": &core.ItemError{Err: valueError{errors.New("bad")}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_ = label.ErrorType(err)
			}
		})
	}
}
