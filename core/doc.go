// Package core runs functions over many items on parallel workers, in chunks,
// and tells hooks what happens: runs, chunks, workers, progress, failures.
//
//	exec := core.NewExecutor(core.WithName("resize"))
//	exec.Register(core.OnProgress(func(p core.Progress) {
//		percent, _ := p.Percent()
//		fmt.Printf("%.0f %%\n", percent)
//	}))
//	thumbs, err := core.Map(ctx, exec, images, resize)
//
// # Which function
//
// [Map] and [ForEach] call a function for each item of a slice, [MapChunks] and
// [ForEachChunk] for many items at once. [Stream] and [StreamChunks] do the
// same for a sequence that need not fit into memory, or end. [Executor.Start]
// gives the same events to a loop of your own.
//
// # What happens on failure
//
// An error, a panic or a runtime.Goexit of user code fails its item and never
// another worker. The first failure stops the run unless [WithContinueOnError]
// is set. Either way the run returns a [*RunError], which counts everything and
// tells which items have no result. What cannot be survived: a panic in a
// goroutine that user code started, and what ends the whole process.
//
// # Hooks
//
// A hook implements [Hook] and those of the Hook… interfaces it wants; the rules
// of when and where they are called are at [Hook]. Hooks never change what a run
// returns, however they fail.
//
// The package imports nothing but the standard library.
package core
