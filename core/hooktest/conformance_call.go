package hooktest

import (
	"context"
	"errors"
	"strings"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// callFailure describes a call that did not return.
type callFailure struct {
	text  string // "panics: …" or "calls runtime.Goexit"
	stack string
}

// guarded calls f and returns nil if f returns. A panic or runtime.Goexit in f
// does not end the test.
func guarded(f func()) *callFailure {
	err := guard.Call(func() error { f(); return nil })
	if failure, failed := errors.AsType[*guard.Failure](err); failed {
		return newCallFailure(failure.Value, failure.Stack)
	}
	return nil
}

// newCallFailure describes a panic with value, or runtime.Goexit if value is nil.
func newCallFailure(value any, stack []byte) *callFailure {
	failure := &callFailure{text: "calls runtime.Goexit", stack: userStack(string(stack))}
	if value != nil {
		failure.text = "panics: " + quote(textOf(value))
	}
	return failure
}

// userStack cuts a stack down to the frames around the failing call.
func userStack(stack string) string {
	const most = 2 << 10
	if _, below, ok := strings.Cut(stack, "\npanic("); ok {
		stack = "panic(" + below
	}
	return stack[:min(len(stack), most)]
}

// call calls f, which calls a method of the hook, and reports whether it
// returned. The first failure of each method fails the test: the message names
// the method, the situation and the fix.
func (fx *fixture) call(method, situation, fix string, f func()) (returned bool) {
	fx.t.Helper()
	failure := guarded(f)
	if failure != nil {
		fx.report(method, situation, fix, failure)
	}
	return failure == nil
}

func (fx *fixture) report(method, situation, fix string, failure *callFailure) {
	fx.t.Helper()
	fx.failed.Store(true)
	fx.mu.Lock()
	defer fx.mu.Unlock()
	if !fx.reported[method] {
		fx.reported[method] = true
		fx.t.Errorf("%s %s, %s. To fix: %s.\n%s", method, failure.text, situation, fix, failure.stack)
	}
}

// callMethod calls one method of the hook. If the call fails, a new hook
// replaces the failed one, and returned is false.
func (fx *fixture) callMethod(ctx context.Context, m hookMethod, events eventSet, situation, fix string) (next context.Context, returned bool) {
	fx.t.Helper()
	returned = fx.call(m.name, situation, fix, func() { next = m.call(ctx, events) })
	if !returned {
		fx.replaceHook()
	}
	return next, returned
}

// callAll calls every method once, except those that failed before.
func (fx *fixture) callAll(ctx context.Context, events eventSet, situation, fix string) {
	fx.t.Helper()
	for i := 0; i < len(fx.methods); i++ { //nolint:intrange // callMethod may replace the methods
		if m := fx.methods[i]; !fx.isReported(m.name) {
			fx.callMethod(ctx, m, events, situation, fix)
		}
	}
}

func (fx *fixture) isReported(method string) bool {
	fx.mu.Lock()
	defer fx.mu.Unlock()
	return fx.reported[method]
}
