package core

import (
	"context"
	"errors"
)

// interrupted reports whether user code returned err because the run stops, or
// because the caller has cancelled the context given to Run.Chunk. The chunk's unit
// is then unfinished; it did not fail.
func (w *worker) interrupted(err error) bool {
	r := w.run
	return isInterruption(r.runCtx, err) || isInterruption(r.callerCtx, err) ||
		r.source == nil && errors.Is(w.doneCtx.Err(), context.Canceled) && isInterruption(w.doneCtx, err)
}

// isInterruption reports whether err says no more than that ctx is done: each leaf
// of its tree is the context's error, its cause or a part of that, or the end of a
// command that was killed. An error that is joined with another one has failed.
func isInterruption(ctx context.Context, err error) bool {
	if ctx.Err() == nil {
		return false
	}
	return everyLeaf(err, func(leaf error) bool {
		return errors.Is(leaf, ctx.Err()) || isPart(leaf, context.Cause(ctx)) || killed(leaf)
	})
}

// everyLeaf reports whether ok holds for each leaf of err's tree. An inner node for
// which it holds stands for all below it.
func everyLeaf(err error, ok func(error) bool) bool {
	switch e := err.(type) { //nolint:errorlint // the tree is walked here, node by node
	case nil:
		return false
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return everyLeaf(inner, ok) || killed(err)
		}
	case interface{ Unwrap() []error }:
		all := e.Unwrap()
		for _, inner := range all {
			if !everyLeaf(inner, ok) {
				return false
			}
		}
		return len(all) > 0
	}
	return ok(err)
}

// isPart reports whether err is cause, or an error that cause wraps.
func isPart(err, cause error) bool {
	return cause != nil && (errors.Is(cause, err) || errors.Is(err, cause))
}

// killed reports whether err is of a command that a signal has ended, as
// *exec.ExitError is.
func killed(err error) bool {
	exit, ok := err.(interface{ ExitCode() int })
	return ok && exit.ExitCode() == -1
}
