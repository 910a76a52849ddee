package core_test

import (
	"errors"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// errBoom is the failure of items, and errStop the cause of cancellation.
var (
	errBoom = errors.New("boom")
	errStop = errors.New("stop asked for")
)

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// valueOf is the result of item i. It is never 0, which means no result.
func valueOf(i int) int { return i*i + 1 }

// mustRunError returns the *RunError in err.
func mustRunError(t *testing.T, err error) *core.RunError {
	t.Helper()
	e, ok := errors.AsType[*core.RunError](err)
	if !ok {
		t.Fatalf("the error is %T (%v), want a *RunError", err, err)
	}
	return e
}

// panicOf calls f and returns what it panics with, nil if it does not.
func panicOf(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}
