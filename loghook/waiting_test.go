package loghook_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
	"github.com/chunkscope/chunkscope/loghook"
)

// Progress has the chunks that wait elsewhere, while there are any.
func TestWaitingChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := newHook(t, loghook.WithLogger(logger(&out)), loghook.WithProgress(time.Minute))
		exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(3), core.WithChunkSize(1))
		exec.Register(h)
		_ = core.ForEachChunk(t.Context(), exec, []int{0, 1, 2}, func(ctx context.Context, in []int) error {
			remote.Waiting(ctx)
			time.Sleep(time.Duration(in[0]) * 50 * time.Second)
			remote.Started(ctx)
			time.Sleep(80 * time.Second)
			return nil
		})
		text := out.String()
		if !strings.Contains(text, "chunks_active=2 chunks_waiting=1 elapsed=1m") || strings.Contains(text, "chunks_waiting=0") {
			t.Errorf("got %s", text)
		}
	})
}
