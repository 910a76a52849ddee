package termhook_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// TestWorkersAllocateNothing measures the calls on the goroutines that do the
// work, and on the run's monitor.
func TestWorkersAllocateNothing(t *testing.T) {
	h := newHook(t, termhook.ModeTTY, terminal{io.Discard})
	r := startRun(h, "nightly", "r1", 1000)
	quick, slow := core.ChunkEnd{Duration: 1}, core.ChunkEnd{Duration: time.Second, Err: errors.New("x")}
	failure := core.ItemFailure{Err: &core.ItemError{Index: 1, Err: errRow}}
	for range 10 {
		r.OnItemFailure(r.ctx, failure)
	}
	for what, f := range map[string]func(){
		"a chunk": func() { r.OnChunkEnd(r.ctx, quick) },
		"a chunk slower than all": func() {
			slow.Duration++
			r.OnChunkEnd(r.ctx, slow)
		},
		"a failure after the first ones": func() { r.OnItemFailure(r.ctx, failure) },
	} {
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}
