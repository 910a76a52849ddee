package core

import "runtime"

// resumable is work that calls user code: hooks or the user's function. It keeps
// its position in fields, and so resumes after a call that panicked or exited
// its goroutine. Nothing is deferred per call, so calls that return cost nothing.
type resumable interface {
	// resume does the work from its position on, and returns when all is done.
	resume()
	// recovered is called when resume ended in a panic with value, or in
	// runtime.Goexit with a nil value.
	recovered(value any, stack []byte)
	// done is called once, when resume has returned.
	done()
}

// runResumable does the work on this goroutine and, whenever that exits, on a new
// one.
func runResumable(w resumable) {
	ended := false
	defer func() {
		if !ended {
			go runResumable(w)
		}
	}()
	for !attempt(w) {
	}
	ended = true
	w.done()
}

// runResumableAndWait does the work on a new goroutine and waits for it.
func runResumableAndWait(w resumable, done <-chan struct{}) {
	go runResumable(w)
	<-done
}

// attempt resumes the work once and reports whether it is done.
func attempt(w resumable) (returned bool) {
	defer func() {
		if returned {
			return
		}
		value := recover() // nil means Goexit: a panic always has a value
		stack := make([]byte, maxStack)
		w.recovered(value, stack[:runtime.Stack(stack, false)])
	}()
	w.resume()
	return true
}
