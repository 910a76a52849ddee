package core

import "runtime"

// resumable is work that calls foreign code, hooks or the user's function, and
// keeps its place in fields, so that it can be taken up again after a call
// that panicked or exited its goroutine. Nothing is deferred per call: work
// that goes well pays nothing.
type resumable interface {
	// round does the work from where it stands, and returns when all is done.
	round()
	// broke is told that round ended in a panic with value, or in
	// runtime.Goexit if value is nil, and at which stack.
	broke(value any, stack []byte)
	// over is called once, when round has returned.
	over()
}

// survive does the work on this goroutine and, whenever it exits, on a new one.
func survive(w resumable) {
	ended := false
	defer func() {
		if !ended {
			go survive(w)
		}
	}()
	for !try(w) {
	}
	ended = true
	w.over()
}

// surviveHere does the work on this goroutine, which is the user's: if it
// exits, the rest of the work is done while it unwinds.
func surviveHere(w resumable) {
	ended := false
	defer func() {
		if !ended {
			surviveHere(w)
		}
	}()
	for !try(w) {
	}
	ended = true
	w.over()
}

// aside does the work on a goroutine of its own and waits for it.
func aside(w resumable, done <-chan struct{}) {
	go survive(w)
	<-done
}

// try runs one round and reports whether it returned.
func try(w resumable) (returned bool) {
	defer func() {
		if returned {
			return
		}
		value := recover() // nil means Goexit: a panic always has a value
		stack := make([]byte, maxStack)
		w.broke(value, stack[:runtime.Stack(stack, false)])
	}()
	w.round()
	return true
}
