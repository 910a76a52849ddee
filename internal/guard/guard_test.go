package guard_test

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/internal/guard"
)

func TestCallReturnsTheError(t *testing.T) {
	if err := guard.Call(func() error { return fs.ErrNotExist }); err != fs.ErrNotExist {
		t.Errorf("got %v", err)
	}
	if err := guard.Call(func() error { return nil }); err != nil {
		t.Errorf("got %v", err)
	}
}

type stringer func() string

func (s stringer) String() string { return s() }

func TestCallSurvives(t *testing.T) {
	for name, c := range map[string]struct {
		f     func() error
		text  string
		value bool
	}{
		"panic":       {func() error { panic("boom") }, "panic: boom", true},
		"panic error": {func() error { panic(fs.ErrExist) }, "panic: file already exists", true},
		"Goexit":      {func() error { runtime.Goexit(); return nil }, "runtime.Goexit was called", false},
		"panic whose value panics": {
			func() error { panic(stringer(func() string { panic("again") })) },
			"panic: %!v(PANIC=String method: again)", true,
		},
		"panic whose value exits": {
			func() error { panic(stringer(func() string { runtime.Goexit(); return "" })) },
			"panic with a guard_test.stringer", true,
		},
		"long": {func() error { panic(strings.Repeat("é", 1<<10)) }, "panic: " + strings.Repeat("é", 1<<9) + "…", true},
	} {
		t.Run(name, func(t *testing.T) {
			err := guard.Call(c.f)
			failure, ok := errors.AsType[*guard.Failure](err)
			if !ok || failure.Error() != c.text || (failure.Value != nil) != c.value {
				t.Fatalf("got %#v", err)
			}
			if !strings.Contains(string(failure.Stack), "guard_test.TestCallSurvives") {
				t.Errorf("the stack does not lead to the function:\n%s", failure.Stack)
			}
		})
	}
	if err := guard.Call(func() error { panic(fs.ErrExist) }); !errors.Is(err, fs.ErrExist) {
		t.Error("the panic's error is not found")
	}
}

type brokenError struct{ f func() string }

func (e brokenError) Error() string { return e.f() }

func TestErrorText(t *testing.T) {
	for want, err := range map[string]error{
		"":                  nil,
		"file exists: here": fmt.Errorf("file exists: %s", "here"),
		"(the Error method of a guard_test.brokenError broke)": brokenError{func() string { panic("boom") }},
	} {
		if got := guard.ErrorText(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := guard.ErrorText(brokenError{func() string { runtime.Goexit(); return "" }}); !strings.Contains(got, "broke") {
		t.Errorf("after Goexit: %q", got)
	}
}

func BenchmarkCall(b *testing.B) {
	for b.Loop() {
		_ = guard.Call(func() error { return nil })
	}
}
