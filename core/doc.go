// Package core runs functions over many items on parallel workers, in chunks,
// and calls hooks when something happens: runs, chunks, workers, progress, failures.
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
// same for a sequence, which may be endless or larger than memory.
// [Executor.Start] gives a loop of your own the same events.
//
// # What happens on failure
//
// An error, a panic or a runtime.Goexit of user code fails its item and never
// another worker. The first failure stops the run unless [WithContinueOnError]
// is set, or [WithMaxFailedItems] or [WithMaxFailedRatio] tolerates it. A run with
// failures returns a [*RunError], which counts everything and knows which items have
// no result; [IsPartial] reports whether all of them are tolerated. Two things end the program as always: a panic in a
// goroutine that user code started, and what ends the process itself.
//
// # Hooks
//
// A hook implements [Hook] and those of the Hook… interfaces that it wants.
// [Hook] has the rules of when and where they are called. Hooks never change
// what a run returns, however they fail.
//
// The package imports nothing but the standard library.
package core
