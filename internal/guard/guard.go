// Package guard calls user code: functions, methods and handlers that may panic
// or call runtime.Goexit. It is the one place where such a call is survived.
//
// Core's workers are the exception. They resume after the call that broke, so
// that calls that return cost nothing; core/resume.go explains how.
package guard

import (
	"fmt"
	"runtime"
	"strings"
)

// Limits of what a Failure keeps.
const (
	maxText  = 1 << 10
	maxStack = 8 << 10
)

// Failure reports a call that did not return.
type Failure struct {
	// Value is the panic's value, nil after runtime.Goexit.
	Value any
	// Stack is the stack of the goroutine that broke, at most 8 KiB.
	Stack []byte

	text string
}

// Error describes the failure without its stack.
func (f *Failure) Error() string { return f.text }

// Unwrap returns the panic's value if it is an error, and nil otherwise.
func (f *Failure) Unwrap() error {
	err, _ := f.Value.(error)
	return err
}

// Call calls f on a new goroutine, waits for it, and returns f's error. It
// returns a *Failure if f panics or calls runtime.Goexit; the caller's
// goroutine goes on in both cases. The new goroutine costs about a microsecond.
func Call(f func() error) (err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		returned := false
		defer func() {
			if returned {
				return
			}
			failed := newFailure(recover())
			err = failed
			if failed.Value != nil {
				failed.text = "panic: " + PanicText(failed.Value) // last: the value's methods may break too
			}
		}()
		err = f()
		returned = true
	}()
	<-done
	return err
}

func newFailure(value any) *Failure {
	stack := make([]byte, maxStack)
	f := &Failure{Value: value, Stack: stack[:runtime.Stack(stack, false)], text: "runtime.Goexit was called"}
	if value != nil {
		f.text = fmt.Sprintf("panic with a %T", value)
	}
	return f
}

// PanicText formats a panic's value, at most 1 KiB of it. It survives methods
// of the value that panic, not those that call runtime.Goexit.
func PanicText(value any) string {
	text := fmt.Sprint(value)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}

// ErrorText returns err.Error(). An Error method that panics or calls
// runtime.Goexit gets a text that says so; nil gets the empty one.
func ErrorText(err error) (text string) {
	if err == nil {
		return ""
	}
	if Call(func() error { text = err.Error(); return nil }) != nil {
		return fmt.Sprintf("(the Error method of a %T broke)", err)
	}
	return text
}
