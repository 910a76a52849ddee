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

// flush calls Flush of whatever can be flushed. Errors are allowed, for the
// backend need not be there.
func (s *subject) flush(met string) (returned bool) {
	s.t.Helper()
	return s.attempt("Flush", met, fixFlush, func() {
		for _, h := range capable[core.Flusher](s) {
			_ = h.Flush(context.Background())
		}
	})
}

// shutdown calls Shutdown of whatever can be shut down. Errors are allowed.
func (s *subject) shutdown(ctx context.Context, met string) (returned bool) {
	s.t.Helper()
	return s.attempt("Shutdown", met, fixShutdown, func() {
		for _, h := range capable[core.Shutdowner](s) {
			_ = h.Shutdown(ctx)
		}
	})
}

// finished is a context that is over.
func finished() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func checkFlush(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	if len(capable[core.Flusher](s)) == 0 {
		t.Logf("the hook is no core.Flusher: nothing to check")
		return
	}
	e := typical("job", "run", errSample)
	for _, ok := range []func() bool{
		func() bool { return s.flush("before the first event") },
		func() bool { return s.tellRun(e, "after a Flush", fixFlush) },
		func() bool { return s.flush("after a run") },
		func() bool { return s.flush("a second time") },
		func() bool {
			return s.attempt("Flush", "with a finished context", fixFlush, func() {
				for _, h := range capable[core.Flusher](s) {
					_ = h.Flush(finished())
				}
			})
		},
		func() bool { return s.shutdown(context.Background(), "after a Flush") },
		func() bool { return s.flush("after Shutdown") },
	} {
		if !ok() {
			return
		}
	}
}

// checkShutdown shuts hooks down in all ways, each a new hook.
func checkShutdown(t tester, newHook func() core.Hook) {
	if len(capable[core.Shutdowner](newSubject(t, newHook))) == 0 {
		t.Logf("the hook is no core.Shutdowner: nothing to check")
		return
	}
	e := typical("job", "run", errSample)

	unused := newSubject(t, newHook)
	_ = unused.shutdown(context.Background(), "before the first event") &&
		unused.shutdown(context.Background(), "a second time")

	used := newSubject(t, newHook)
	_ = used.tellRun(e, "before Shutdown", fixRun) &&
		used.shutdown(context.Background(), "after a run") &&
		used.shutdown(context.Background(), "a second time, after a run") &&
		used.shutdown(finished(), "a third time, with a finished context")

	hurried := newSubject(t, newHook)
	_ = hurried.tellRun(e, "before Shutdown", fixRun) &&
		hurried.shutdown(finished(), "with a finished context") &&
		hurried.shutdown(context.Background(), "after one with a finished context")

	crowded := newSubject(t, newHook)
	var calling sync.WaitGroup
	for range 4 {
		calling.Go(func() { crowded.shutdown(context.Background(), "at the same time as others") })
		calling.Go(func() {
			_ = crowded.tellRun(e, "during Shutdown", fixAfter) && crowded.observe("during Shutdown")
		})
	}
	crowded.play("in a real run during Shutdown", fixAfter, newStage("job", errSample))
	calling.Wait()
}

// checkAfterShutdown uses a hook that is shut down as if it were not.
func checkAfterShutdown(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	if len(capable[core.Shutdowner](s)) == 0 {
		t.Logf("the hook is no core.Shutdowner: nothing to check")
		return
	}
	e := typical("job", "run", errSample)
	for i := 0; i < len(s.calls); i++ { //nolint:intrange // tell may renew the calls
		if !s.shutdown(context.Background(), "before anything else") {
			return
		}
		s.tell(context.Background(), s.calls[i], e, "given an event after Shutdown", fixAfter)
	}
	if s.shutdown(context.Background(), "after events that came after Shutdown") {
		s.play("in a real run after Shutdown", fixAfter, newStage("job", errSample))
		s.observe("after Shutdown")
	}
}
