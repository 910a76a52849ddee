package counter

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/internal/paired"
)

// TestPerfCountsAllThreads counts the task clock of many threads that start
// after the counters. Without them, the sum would be a fraction of the least
// time that so many dependent multiply-adds take on any processor.
func TestPerfCountsAllThreads(t *testing.T) {
	c, err := open(taskClock)
	if errors.Is(err, os.ErrPermission) {
		t.Logf("this system has no counters, and the part reports that: %v", err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	const (
		threads = 32
		steps   = 5_000_000
		least   = 0.5 // in ns for each step
	)
	used, err := counted(c, func() {
		var ready, done sync.WaitGroup
		ready.Add(threads)
		for range threads {
			done.Go(func() {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				ready.Done()
				ready.Wait()
				_, _ = paired.Burn(context.Background(), steps)
			})
		}
		done.Wait()
	})
	if err != nil {
		t.Fatal(err)
	}
	if used < threads*steps*least {
		t.Errorf("%d threads used %.0f ns of processor time together, which is too little to be all of them", threads, used)
	}
}
