package label_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
)

type typedError struct{ word string }

func (e typedError) Error() string     { return "typed" }
func (e typedError) ErrorType() string { return e.word }

type brokenError struct{}

func (brokenError) Error() string     { panic("broken") }
func (brokenError) ErrorType() string { panic("broken") }

type wrapping struct{ error }

func (w wrapping) Unwrap() error { return w.error }

func TestErrorType(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"nil", nil, ""},
		{"errors.New", errors.New("x"), "errors.errorString"},
		{"a type that wraps another error", path, "fs.PathError"},
		{"of an item", &core.ItemError{Index: 3, Err: path}, "fs.PathError"},
		{"of a run", &core.RunError{Errors: []error{&core.ChunkError{Err: path}}}, "fs.PathError"},
		{"of a run without errors", &core.RunError{}, "core.RunError"},
		{"wrapped by fmt", fmt.Errorf("b: %w", fmt.Errorf("a: %w", path)), "fs.PathError"},
		{"several, wrapped by fmt", fmt.Errorf("%w and %w", path, errors.ErrUnsupported), "fs.PathError"},
		{"joined", errors.Join(path, errors.ErrUnsupported), "fs.PathError"},
		{"text of fmt that wraps nothing", fmt.Errorf("x %d", 1), "errors.errorString"},
		{"a value, not a pointer", wrapping{path}, "label_test.wrapping"},
		{"panic", &core.ItemError{Err: &core.PanicError{Value: path}}, "panic"},
		{"goexit", &core.ItemError{Err: core.ErrGoexit}, "goexit"},
		{"says its type", fmt.Errorf("%w", typedError{"throttled"}), "throttled"},
		{"says nothing", typedError{}, label.Unknown},
		{"deadline", &core.ItemError{Err: context.DeadlineExceeded}, "timeout"},
		{"timeout of the system", &fs.PathError{Err: os.ErrDeadlineExceeded}, "timeout"},
		{"canceled", fmt.Errorf("%w", context.Canceled), "canceled"},
		{"with methods that panic", brokenError{}, label.Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := label.ErrorType(tt.err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
