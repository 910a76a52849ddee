package label

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/guard"
)

// Types of errors that have a word of their own.
const (
	Panic    = "panic"
	Goexit   = "goexit"
	Timeout  = "timeout"
	Canceled = "canceled"
)

// ErrorType returns the word for what kind of error err is, for labels and
// OpenTelemetry's error.type:
//
//   - "panic" and "goexit" where user code did that,
//   - what a method ErrorType() string of err, or of an error it wraps, says,
//   - "timeout" and "canceled" for errors of that nature,
//   - else the Go type of the first error that says more than that it wraps
//     another one: "fs.PathError".
//
// Nil has no type, and the empty string says so.
//
// An error one of whose methods panics or calls runtime.Goexit is Unknown.
func ErrorType(err error) (name string) {
	if err == nil {
		return ""
	}
	if guard.Call(func() error { name = errorType(err); return nil }) != nil {
		return Unknown
	}
	return name
}

func errorType(err error) string {
	var (
		panicErr *core.PanicError
		withType    interface{ ErrorType() string }
		withTimeout    interface{ Timeout() bool }
	)
	switch {
	case errors.As(err, &panicErr):
		return Panic
	case errors.Is(err, core.ErrGoexit):
		return Goexit
	case errors.As(err, &withType):
		return Clean(withType.ErrorType())
	case errors.As(err, &withTimeout) && withTimeout.Timeout():
		return Timeout
	case errors.Is(err, context.Canceled):
		return Canceled
	}
	return Clean(strings.TrimLeft(reflect.TypeOf(skipWrappers(err)).String(), "*"))
}

// telling returns the first error along err's chain that is not a mere wrapper.
func skipWrappers(err error) error {
	for {
		var next error
		switch e := err.(type) { //nolint:errorlint // the chain is walked here, link by link
		case interface{ Unwrap() error }:
			next = e.Unwrap()
		case interface{ Unwrap() []error }:
			if all := e.Unwrap(); len(all) > 0 {
				next = all[0]
			}
		}
		if next == nil || !isWrapper(err) {
			return err
		}
		err = next
	}
}

// wrapper tells whether err only adds text or a place to another error: ours,
// and those of the packages fmt and errors.
func isWrapper(err error) bool {
	switch err.(type) { //nolint:errorlint // this very link of the chain
	case *core.ItemError, *core.ChunkError, *core.RunError:
		return true
	}
	name := reflect.TypeOf(err).String()
	return strings.HasPrefix(name, "*fmt.") || name == "*errors.joinError"
}
