package core_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// TestFunctionHooksTakeTurns has functions that take long and are wanted by
// several goroutines at once: they come one after the other, and a fake clock
// goes on while the others wait.
func TestFunctionHooksAreSerial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const chunks = 8
		ends, inside := 0, 0 // without a lock of their own
		e := core.NewExecutor(core.WithWorkers(4), core.WithChunkSize(1))
		e.Register(core.OnChunkEnd(func(core.ChunkEnd) {
			inside++
			if inside != 1 {
				t.Errorf("%d calls at once", inside)
			}
			time.Sleep(time.Second)
			inside--
			ends++
		}))
		start := time.Now()
		if err := core.ForEach(t.Context(), e, indexes(chunks), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
		if ends != chunks {
			t.Errorf("%d calls for %d chunks", ends, chunks)
		}
		if took := time.Since(start); took != chunks*time.Second {
			t.Errorf("%d calls of a second, one after the other, took %v", chunks, took)
		}
	})
}

// TestOnAnomaly calls the function hook as whatever raises anomalies will.
func TestOnAnomaly(t *testing.T) {
	var got core.Anomaly
	h, ok := core.OnAnomaly(func(a core.Anomaly) { got = a }).(core.HookAnomaly)
	if !ok {
		t.Fatal("OnAnomaly does not listen to anomalies")
	}
	h.OnAnomaly(t.Context(), core.Anomaly{Kind: core.AnomalyStall})
	if got.Kind != core.AnomalyStall {
		t.Errorf("the function was given %+v", got)
	}
}
