package core

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// ErrGoexit is the error of an item whose function called runtime.Goexit, as
// testing.T.FailNow does. The item has failed; the worker goes on.
var ErrGoexit = errors.New("core: the function called runtime.Goexit")

// ErrShutdown is the error of a run that begins after Executor.Shutdown.
var ErrShutdown = errors.New("core: the executor is shut down; make a new one with NewExecutor")

// ErrRunEnded is the error of Run.Chunk after Run.End.
var ErrRunEnded = errors.New("core: the run has ended; call Executor.Start for a new one")

// ErrIncomplete is the error of a run of Executor.Start that ends without an error
// and with fewer items done than announced. Announce -1 if the number is not known.
var ErrIncomplete = errors.New("the run ended before all its items were done")

// ErrStopped is for Run.End: the loop stopped early on purpose.
var ErrStopped = errors.New("core: the run was stopped")

// errLoopLeft is the cause of cancellation when the loop over a stream ends early.
var errLoopLeft = errors.New("core: the loop over the stream ended early")

// Limits of what a run keeps of its failures.
const (
	maxKeptErrors = 100
	maxStack      = 8 << 10
)

// ItemError is the failure of one item.
type ItemError struct {
	// Index is the item's position in the input.
	Index int
	// Name is the item's name, empty without WithItemName. Errors beyond the first 100
	// of a run have one only where a caller or a hook gets them.
	Name string
	// Err is what the function returned, a *PanicError, or ErrGoexit.
	Err error
}

// Error returns the index, the name and the text of Err.
func (e *ItemError) Error() string {
	if e.Name != "" {
		return fmt.Sprintf("item %d (%s): %v", e.Index, e.Name, e.Err)
	}
	return fmt.Sprintf("item %d: %v", e.Index, e.Err)
}

// Unwrap returns Err.
func (e *ItemError) Unwrap() error { return e.Err }

// ChunkError is the failure of a function that works on a chunk as a whole.
// All items of the chunk count as failed.
type ChunkError struct {
	// Chunk counts from 0; Offset is the index of its first item, Items its length.
	Chunk, Offset, Items int
	// Name is the chunk's name as NameFrom returns it, empty if there is none. See
	// ItemError about errors beyond the first 100.
	Name string
	// Err is what the function returned, a *PanicError, or ErrGoexit.
	Err error
}

// Error returns the chunk's number, its items, its name, and the text of Err.
func (e *ChunkError) Error() string {
	if e.Name != "" {
		return fmt.Sprintf("chunk %d (%d items from %d: %s): %v", e.Chunk, e.Items, e.Offset, e.Name, e.Err)
	}
	return fmt.Sprintf("chunk %d (%d items from %d): %v", e.Chunk, e.Items, e.Offset, e.Err)
}

// Unwrap returns Err.
func (e *ChunkError) Unwrap() error { return e.Err }

// PanicError is a panic in user code, as an error.
type PanicError struct {
	// Value is the argument of panic.
	Value any
	// Stack is the stack of the panicking goroutine, at most 8 KiB.
	Stack []byte
}

// Error returns the panic value as text, at most 1 KiB of it, without the stack.
func (e *PanicError) Error() string { return "panic: " + guard.PanicText(e.Value) }

// Unwrap returns the panic value if it is an error, and nil otherwise.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// RunError is the error of a run that had failures or was cancelled. It counts
// everything and keeps the first failures. errors.Is and errors.As find the kept
// failures and, for a cancelled run, the error and the cause of its context.
// IsPartial tells the error of a run that tolerated its failures from others.
type RunError struct {
	// Executor and RunID identify the run.
	Executor, RunID string
	// Outcome is the run's, which is not OutcomeOK.
	Outcome Outcome
	// Items is the run's total, -1 when it is not known.
	Items int
	// ItemsDone counts finished items, failed ones included.
	ItemsDone int
	// ItemsFailed counts failed items.
	ItemsFailed int
	// Errors are the first 100 failures in the order of time: an *ItemError or
	// *ChunkError each, or the failure of a stream's source or the error given to
	// Run.End.
	Errors []error

	canceled   error       // the cancellation, nil if there was none
	incomplete bool        // see ErrIncomplete
	unfinished []itemRange // sorted
	failed     *failedSet  // nil if only the kept errors know

	limitPassed string // the limit of failed items that the run passed
}

// Error returns the executor's name, the counts and what failed first.
func (e *RunError) Error() string {
	var b strings.Builder
	b.WriteString(e.Executor)
	switch {
	case e.ItemsFailed > 0 && e.Items >= 0:
		fmt.Fprintf(&b, ": %d of %d items failed", e.ItemsFailed, e.Items)
	case e.ItemsFailed > 0:
		fmt.Fprintf(&b, ": %d items failed", e.ItemsFailed)
	case e.Outcome == OutcomeCanceled && e.Items >= 0:
		fmt.Fprintf(&b, ": canceled after %d of %d items", e.ItemsDone, e.Items)
	case e.Outcome == OutcomeCanceled:
		fmt.Fprintf(&b, ": canceled after %d items", e.ItemsDone)
	case e.incomplete && len(e.Errors) == 0:
		fmt.Fprintf(&b, ": %v: %d of %d items", ErrIncomplete, e.ItemsDone, e.Items)
	default:
		b.WriteString(": failed")
	}
	switch {
	case e.limitPassed != "":
		fmt.Fprintf(&b, ", more than the %s tolerated", e.limitPassed)
	case e.Outcome == OutcomePartial:
		b.WriteString(", as tolerated")
	}
	if len(e.Errors) > 0 {
		fmt.Fprintf(&b, ": %v", e.Errors[0])
		if more := len(e.Errors) - 1; more > 0 {
			fmt.Fprintf(&b, " (and %d more)", max(more, e.ItemsFailed-1))
		}
	}
	if e.canceled != nil {
		if e.ItemsFailed > 0 {
			fmt.Fprintf(&b, "; canceled after %d items", e.ItemsDone)
		}
		fmt.Fprintf(&b, ": %v", e.canceled)
	}
	return b.String()
}

// Unwrap returns the kept failures and, if the run was cancelled, the reason, or
// ErrIncomplete if it was incomplete.
func (e *RunError) Unwrap() []error {
	switch {
	case e.canceled != nil:
		return append(slices.Clip(e.Errors), e.canceled)
	case e.incomplete:
		return append(slices.Clip(e.Errors), ErrIncomplete)
	}
	return e.Errors
}

// Unfinished reports whether item i did not finish: it was not started, or it was
// interrupted. A failed item has finished; see Failed.
func (e *RunError) Unfinished(i int) bool {
	return inRanges(e.unfinished, i)
}

// Failed reports whether item i failed. Map, ForEach and their forms for chunks
// know that of every item, also if its error is not kept. The result of an item
// that is neither failed nor unfinished is valid.
func (e *RunError) Failed(i int) bool {
	if e.failed != nil {
		return e.failed.has(i)
	}
	return slices.ContainsFunc(e.Errors, func(err error) bool {
		switch err := err.(type) { //nolint:errorlint // the run's own wrappers, never deeper ones
		case *ItemError:
			return err.Index == i
		case *ChunkError:
			return err.Offset <= i && i < err.Offset+err.Items
		}
		return false
	})
}

// cancelError is a cancellation: the context's error and, if it has one, its cause.
type cancelError struct{ err, cause error }

// cancellation returns why ctx is done, as an error.
func cancellation(ctx context.Context) error {
	return &cancelError{ctx.Err(), context.Cause(ctx)}
}

func (e *cancelError) Error() string {
	text, cause := fmt.Sprint(e.err), fmt.Sprint(e.cause)
	if e.cause == nil || cause == text { // the texts, as some errors cannot be compared
		return text
	}
	return text + ": " + cause
}

func (e *cancelError) Unwrap() []error { return []error{e.err, e.cause} }

// itemRange is a half-open range of item indexes.
type itemRange struct{ start, end int }
