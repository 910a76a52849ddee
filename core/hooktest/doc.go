// Package hooktest helps to test hooks of package core.
//
// [Recorder] is a hook that records every event, so that a test can compare events
// with lines of text:
//
//	rec := hooktest.NewRecorder()
//	exec.Register(rec)
//	// ... run something, then compare
//	rec.Lines()    // "chunk_end #3 [30:40) ok"
//	rec.Unpaired() // starts without an end, for example; nil if there are none
//
// [Of] returns the events of one kind: Of[core.ChunkEnd](rec).
//
// [Conformance] uses a hook in all the ways that hooks are used, in real runs and
// by hand, and reports what the hook does not survive. Every hook should have a
// test that calls it:
//
//	func TestConformance(t *testing.T) {
//		hooktest.Conformance(t, func() core.Hook { return New() })
//	}
//
// The package is for tests, because it links package testing. Beside the standard
// library it imports packages of this module only.
package hooktest
