package label

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/guard"
)

// The error types that are not Go types.
const (
	Panic    = "panic"
	Goexit   = "goexit"
	Timeout  = "timeout"
	Canceled = "canceled"
)

// ErrorType returns the type of err, for labels and OpenTelemetry's error.type.
// It is the first of these that applies:
//
//   - "panic" or "goexit" if user code panicked or called runtime.Goexit,
//   - the result of a method ErrorType() string of err or of an error it wraps,
//   - "timeout" or "canceled" for such errors,
//   - the Go type of the first error in err's chain that is not a mere wrapper,
//     such as "fs.PathError".
//
// ErrorType returns the empty string for nil. It returns Unknown if a method of
// an error panics or calls runtime.Goexit.
func ErrorType(err error) (name string) {
	if err == nil {
		return ""
	}
	if name, ok := plainType(err); ok {
		return name // without a goroutine for each failed item
	}
	if guard.Call(func() error { name = errorType(err); return nil }) != nil {
		return Unknown
	}
	return name
}

func errorType(err error) string {
	var (
		panicErr    *core.PanicError
		withType    interface{ ErrorType() string }
		withTimeout interface{ Timeout() bool }
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

// plainType returns the type of an error of errors.New, also wrapped by core and
// fmt: their methods are no user code. It returns false for all other errors.
func plainType(err error) (string, bool) {
	for {
		switch e := err.(type) { //nolint:errorlint // this loop walks the chain
		case nil:
			return "", false
		case *core.ItemError:
			err = e.Err
			continue
		case *core.ChunkError:
			err = e.Err
			continue
		}
		switch reflect.TypeOf(err) {
		case wrapType:
			err = errors.Unwrap(err)
		case textType:
			switch {
			case errors.Is(err, core.ErrGoexit):
				return Goexit, true
			case errors.Is(err, context.Canceled):
				return Canceled, true
			}
			return "errors.errorString", true
		default:
			return "", false
		}
	}
}

// The types of errors.New and of fmt.Errorf with one %w.
var (
	textType = reflect.TypeOf(errors.New(""))
	wrapType = reflect.TypeOf(fmt.Errorf("%w", core.ErrGoexit))
)

// skipWrappers returns the first error in err's chain that is not a wrapper, or
// the last error of the chain.
func skipWrappers(err error) error {
	for {
		var next error
		switch e := err.(type) { //nolint:errorlint // this loop walks the chain
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

// isWrapper reports whether err only adds a text or a position to another
// error, as the errors of core, fmt and errors do.
func isWrapper(err error) bool {
	switch err.(type) { //nolint:errorlint // this error alone, not those it wraps
	case *core.ItemError, *core.ChunkError, *core.RunError:
		return true
	}
	name := reflect.TypeOf(err).String()
	return strings.HasPrefix(name, "*fmt.") || name == "*errors.joinError"
}
