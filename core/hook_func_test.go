package core_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// TestFunctionHooksAreSerial has a slow function that several goroutines call at once.
// The calls come one after the other, and a fake clock advances while others wait.
func TestFunctionHooksAreSerial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const chunks = 8
		ends, inside := 0, 0 // without a lock
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

// TestOnAnomaly calls the hook directly, because nothing reports an anomaly yet.
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

// A plain function is a hook and needs no lock: -race would report it.
func TestFunctionHooks(t *testing.T) {
	var starts, ends, chunks, failures, progress, faults, anomalies int
	e := core.NewExecutor(core.WithWorkers(8), core.WithChunkSize(1), core.WithContinueOnError(), core.WithLogger((&logRecorder{}).logger()))
	hooks := []core.Hook{
		core.OnRunStart(func(core.RunStart) { starts++ }),
		core.OnRunEnd(func(core.RunEnd) { ends++ }),
		core.OnChunkEnd(func(core.ChunkEnd) { chunks++ }),
		core.OnItemFailure(func(core.ItemFailure) { failures++ }),
		core.OnProgress(func(core.Progress) { progress++ }),
		core.OnFault(func(core.Fault) { faults++ }),
		core.OnAnomaly(func(core.Anomaly) { anomalies++ }),
	}
	e.Register(hooks...)
	e.Register(hookAt("bad", core.MomentChunkEnd, func(context.Context, any) context.Context { panic("x") }))
	const runs, n = 4, 20
	var all sync.WaitGroup
	for range runs {
		all.Go(func() {
			_ = core.ForEach(t.Context(), e, indexes(n), func(context.Context, int) error { return errBoom })
		})
	}
	all.Wait()
	if starts != runs || ends != runs || chunks != runs*n || failures != runs*n || faults != runs*n || progress < runs || anomalies != 0 {
		t.Errorf("starts %d, ends %d, chunks %d, failures %d, progress %d, faults %d, anomalies %d", starts, ends, chunks, failures, progress, faults, anomalies)
	}
	names := map[string]bool{}
	for _, h := range hooks {
		names[h.HookName()] = true
	}
	if len(names) != len(hooks) || !names["core.OnRunEnd"] {
		t.Errorf("the hooks have the names %v", names)
	}
}
