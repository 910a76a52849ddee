package termhook_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// TestWorkersAllocateNothing measures what happens on the goroutines that do
// the work, and on the run's monitor.
func TestWorkersAllocateNothing(t *testing.T) {
	h := newHook(t, termhook.ModeTTY, terminal{io.Discard})
	j := begin(h, "nightly", "r1", 1000, 4)
	quick, slow := core.ChunkEnd{Duration: 1}, core.ChunkEnd{Duration: time.Second, Err: errors.New("x")}
	failure := core.ItemFailure{Err: &core.ItemError{Index: 1, Err: errRow}}
	for range 10 {
		j.OnItemFailure(j.ctx, failure)
	}
	for what, f := range map[string]func(){
		"a chunk": func() { j.OnChunkEnd(j.ctx, quick) },
		"a chunk slower than all": func() {
			slow.Duration++
			j.OnChunkEnd(j.ctx, slow)
		},
		"a failure after the first ones": func() { j.OnItemFailure(j.ctx, failure) },
	} {
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}
