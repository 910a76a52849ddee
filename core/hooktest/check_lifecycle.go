package hooktest

import (
	"context"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

const (
	fixFlush    = "make Flush safe at any moment: before the first event, during others and after Shutdown"
	fixShutdown = "make Shutdown safe at any moment and any number of times: do the work in a sync.Once and send on no channel that it closes"
	fixAfter    = "count events after Shutdown as dropped, and use nothing that it closed"
)

// flush calls Flush of every core.Flusher. Errors are allowed, because the
// backend need not be there.
func (fx *fixture) flush(situation string) (returned bool) {
	fx.t.Helper()
	return fx.call("Flush", situation, fixFlush, func() {
		for _, h := range hooksAs[core.Flusher](fx) {
			_ = h.Flush(context.Background())
		}
	})
}

// shutdown calls Shutdown of every core.Shutdowner. Errors are allowed.
func (fx *fixture) shutdown(ctx context.Context, situation string) (returned bool) {
	fx.t.Helper()
	return fx.call("Shutdown", situation, fixShutdown, func() {
		for _, h := range hooksAs[core.Shutdowner](fx) {
			_ = h.Shutdown(ctx)
		}
	})
}

// finished returns a context that has ended.
func finished() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func checkFlush(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	if len(hooksAs[core.Flusher](fx)) == 0 {
		t.Logf("the hook is no core.Flusher: nothing to check")
		return
	}
	events := sampleEvents("job", "run", errSample)
	for _, ok := range []func() bool{
		func() bool { return fx.flush("before the first event") },
		func() bool { return fx.callRun(events, "after a Flush", fixFlush) },
		func() bool { return fx.flush("after a run") },
		func() bool { return fx.flush("a second time") },
		func() bool {
			return fx.call("Flush", "with a finished context", fixFlush, func() {
				for _, h := range hooksAs[core.Flusher](fx) {
					_ = h.Flush(finished())
				}
			})
		},
		func() bool { return fx.shutdown(context.Background(), "after a Flush") },
		func() bool { return fx.flush("after Shutdown") },
	} {
		if !ok() {
			return
		}
	}
}

// checkShutdown shuts hooks down in several ways, a new hook for each.
func checkShutdown(t tester, newHook func() core.Hook) {
	if len(hooksAs[core.Shutdowner](newFixture(t, newHook))) == 0 {
		t.Logf("the hook is no core.Shutdowner: nothing to check")
		return
	}
	events := sampleEvents("job", "run", errSample)

	unused := newFixture(t, newHook)
	_ = unused.shutdown(context.Background(), "before the first event") &&
		unused.shutdown(context.Background(), "a second time")

	used := newFixture(t, newHook)
	_ = used.callRun(events, "before Shutdown", fixRun) &&
		used.shutdown(context.Background(), "after a run") &&
		used.shutdown(context.Background(), "a second time, after a run") &&
		used.shutdown(finished(), "a third time, with a finished context")

	interrupted := newFixture(t, newHook)
	_ = interrupted.callRun(events, "before Shutdown", fixRun) &&
		interrupted.shutdown(finished(), "with a finished context") &&
		interrupted.shutdown(context.Background(), "after one with a finished context")

	concurrent := newFixture(t, newHook)
	var calling sync.WaitGroup
	for range 4 {
		calling.Go(func() { concurrent.shutdown(context.Background(), "at the same time as others") })
		calling.Go(func() {
			_ = concurrent.callRun(events, "during Shutdown", fixAfter) && concurrent.callOutsideRuns("during Shutdown")
		})
	}
	concurrent.testInRuns("in a real run during Shutdown", fixAfter, newRunner("job", errSample))
	calling.Wait()
}

// checkAfterShutdown uses a hook that is shut down as if it were not.
func checkAfterShutdown(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	if len(hooksAs[core.Shutdowner](fx)) == 0 {
		t.Logf("the hook is no core.Shutdowner: nothing to check")
		return
	}
	events := sampleEvents("job", "run", errSample)
	for i := 0; i < len(fx.methods); i++ { //nolint:intrange // callMethod may replace the methods
		if !fx.shutdown(context.Background(), "before anything else") {
			return
		}
		fx.callMethod(context.Background(), fx.methods[i], events, "given an event after Shutdown", fixAfter)
	}
	if fx.shutdown(context.Background(), "after events that came after Shutdown") {
		fx.testInRuns("in a real run after Shutdown", fixAfter, newRunner("job", errSample))
		fx.callOutsideRuns("after Shutdown")
	}
}
