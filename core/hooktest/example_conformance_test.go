package hooktest_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// itemCounter is a hook of one's own: it counts items.
type itemCounter struct{ done, failed atomic.Int64 }

func (*itemCounter) HookName() string { return "itemCounter" }

func (c *itemCounter) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	c.done.Add(int64(e.ItemsDone))
	c.failed.Add(int64(e.ItemsFailed))
}

// In a test file of the hook's package; go test -race runs it.
func TestItemCounterConforms(t *testing.T) {
	hooktest.Conformance(t, func() core.Hook { return &itemCounter{} })
}

func ExampleConformance() {
	// Every hook has a test like this one.
	_ = func(t *testing.T) {
		t.Helper()
		hooktest.Conformance(t, func() core.Hook { return &itemCounter{} })
	}
}
