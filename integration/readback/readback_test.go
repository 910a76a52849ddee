package readback

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// TestEveryBackendReportsTheSame runs jobs of every kind and reads all back
// ends twice: while all runs of a job are held in the middle of their work, and
// after their end. A webhook gets one message a second, so all jobs wait for
// their end at once.
func TestEveryBackendReportsTheSame(t *testing.T) { //nolint:tparallel // its jobs go on side by side before the subtests
	t.Parallel() // as others, it mostly waits for webhooks
	type job struct {
		name     string
		kind     Kind
		backends *Backends
		ended    chan error
	}
	var jobs []job
	for _, kind := range Kinds {
		for _, workers := range []int{1, 8} {
			for _, runs := range []int{1, 20} {
				j := job{fmt.Sprintf("%s/workers=%d/runs=%d", kind.Name, workers, runs), kind, Start(t), make(chan error, 1)}
				kind.Run(t.Context(), workers, runs, j.backends.Hook, func() { j.backends.checkHeld(t, j.name, runs) })
				go func() {
					ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
					defer cancel()
					j.ended <- j.backends.Shutdown(ctx)
				}()
				jobs = append(jobs, j)
			}
		}
	}
	for _, j := range jobs {
		t.Run(j.name, func(t *testing.T) {
			if err := <-j.ended; err != nil {
				t.Errorf("something was lost: %v", err)
			}
			j.backends.checkRuns(t, j.kind)
			expected := NewExpected(j.backends.recorder)
			for _, r := range j.backends.read(t) {
				expected.Check(t, r.backend, r.facts, r.groups)
			}
		})
	}
}

// checkHeld checks the facts of active runs.
func (b *Backends) checkHeld(t *testing.T, job string, runs int) {
	t.Helper()
	check(t, b.Flush(t.Context()))
	expected := NewExpected(b.recorder)
	if got := expected.Facts["active.runs"]; got != float64(runs) {
		t.Errorf("%s: %v runs at once, want %d", job, got, runs)
	}
	for _, r := range b.read(t) {
		if strings.Contains(strings.Join(r.groups, " "), "active.") {
			expected.Check(t, job+": "+r.backend, r.facts, r.groups)
		}
	}
}

// checkRuns checks that the runs went as their kind intends.
func (b *Backends) checkRuns(t *testing.T, kind Kind) {
	t.Helper()
	for _, e := range hooktest.Of[core.RunEnd](b.recorder) {
		if e.Outcome != kind.Outcome || (e.Err == nil) != (e.Outcome == core.OutcomeOK) {
			t.Errorf("run %s ended with %v, %v", e.RunID, e.Outcome, e.Err)
		}
	}
}

// TestHealthyRunsNameNothing checks that no hook asks for a name in runs without failures
// and slow chunks.
func TestHealthyRunsNameNothing(t *testing.T) {
	b := Start(t)
	var calls atomic.Int64
	e := core.NewExecutor(core.WithName(Executor), core.WithItemName(func(int) string { calls.Add(1); return "x" }))
	e.Register(b.Hook)
	for range 3 {
		if err := core.ForEach(t.Context(), e, make([]int, 10_000), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	check(t, b.Shutdown(t.Context()))
	if n := calls.Load(); n != 0 {
		t.Errorf("%d calls of the name function", n)
	}
}
