package termhook_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
	"github.com/chunkscope/chunkscope/termhook"
)

// Chunks that wait elsewhere are shown beside the active ones, while there are any.
func TestWaitingChunks(t *testing.T) {
	for mode, want := range map[termhook.Mode][]string{
		termhook.ModePlain: {"active=1 waiting=2 workers=4"},
		termhook.ModeJSON:  {`"chunks_active":1,"chunks_waiting":3`, `"remote_worker":"host-7","duration_seconds":20,"waited_seconds":40`},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out buffer
			h := newHook(t, mode, &out)
			exec := core.NewExecutor(core.WithName("far"), core.WithWorkers(4), core.WithChunkSize(1))
			exec.Register(h)
			slot := make(chan struct{}, 1)
			_ = core.ForEachChunk(t.Context(), exec, make([]int, 4), func(ctx context.Context, _ []int) error {
				remote.Waiting(ctx)
				slot <- struct{}{}
				defer func() { <-slot }()
				remote.Started(ctx)
				time.Sleep(20 * time.Second)
				remote.Report(ctx, remote.Result{Worker: "host-7"})
				return nil
			})
			_ = h.Shutdown(t.Context())
			text := out.String()
			for _, part := range want {
				if !strings.Contains(text, part) {
					t.Errorf("there is no %s in\n%s", part, text)
				}
			}
			if strings.Contains(text, "waiting=0") || strings.Contains(text, `"chunks_waiting":0`) {
				t.Errorf("waiting is shown while nothing waits:\n%s", text)
			}
		})
	}
}
