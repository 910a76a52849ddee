package hooktest

import (
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// fakeT is a tester that keeps its failures, so that a test can compare them.
type fakeT struct {
	name string

	mu       sync.Mutex
	failures []string // "subtest: message"
	cleanups []func()
}

// conformFailures returns the failures of Conformance with a hook.
func conformFailures(newHook func() core.Hook) []string {
	top := &fakeT{}
	top.run(func(t tester) { conform(t, newHook) })
	return top.failures
}

func (t *fakeT) Helper() {}

func (t *fakeT) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures = append(t.failures, strings.TrimPrefix(t.name+": "+fmt.Sprintf(format, args...), ": "))
}

func (t *fakeT) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	runtime.Goexit()
}

func (t *fakeT) Logf(string, ...any) {}

func (t *fakeT) Cleanup(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cleanups = append(t.cleanups, f)
}

func (t *fakeT) Run(name string, f func(t tester)) bool {
	sub := &fakeT{name: name}
	sub.run(f)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures = append(t.failures, sub.failures...)
	return len(sub.failures) == 0
}

// run calls f and then its cleanups on a new goroutine, as package testing does.
func (t *fakeT) run(f func(t tester)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for i := len(t.cleanups) - 1; i >= 0; i-- {
				t.cleanups[i]()
			}
		}()
		f(t)
	}()
	<-done
}
