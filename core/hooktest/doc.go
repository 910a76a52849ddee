// Package hooktest helps to test hooks of package core.
//
// [Recorder] is a hook that writes down what it is told, so that a test can
// say what it expects as lines of text:
//
//	rec := hooktest.NewRecorder()
//	exec.Register(rec)
//	// ... run something, then compare
//	rec.Lines()    // "chunk_end #3 [30:40) ok"
//	rec.Unpaired() // starts without an end, and the like; nil if all is well
//
// [Of] returns the events of one kind as they were: Of[core.ChunkEnd](rec).
//
// [Conformance] tries a hook in all the ways that hooks are used, in real runs
// and by hand, and reports what it does not survive. Every hook should have a test
// that calls it:
//
//	func TestConformance(t *testing.T) {
//		hooktest.Conformance(t, func() core.Hook { return New() })
//	}
//
// The package imports nothing but the standard library and core. It is for
// tests: it links package testing.
package hooktest
