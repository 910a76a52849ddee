package termhook_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// The summary of a run that tolerated its failures says so, and what failed.
func TestPartialRun(t *testing.T) {
	for mode, want := range map[termhook.Mode][]string{
		termhook.ModeTTY:   {"  \x1b[33mpartial\x1b[m after 4.0s: 1 failed, 4 of 4 items done", "  failed   item 1: bad row"},
		termhook.ModePlain: {`state=done outcome=partial failed=1 error="item 1: bad row" done=4 items=4`},
		termhook.ModeJSON:  {`"outcome":"partial","failures":["item 1: bad row"],"chunks_failed":1`},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out buffer
			exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(1), core.WithChunkSize(4), core.WithMaxFailedItems(1))
			if mode == termhook.ModeTTY {
				exec.Register(newHook(t, mode, terminal{&out}))
			} else {
				exec.Register(newHook(t, mode, &out))
			}
			_ = core.ForEach(t.Context(), exec, []int{0, 1, 2, 3}, func(_ context.Context, i int) error {
				time.Sleep(time.Second)
				if i == 1 {
					return errRow
				}
				return nil
			})
			for _, text := range want {
				if !strings.Contains(out.String(), text) {
					t.Errorf("mode %v: no %q in\n%s", mode, text, out.String())
				}
			}
		})
	}
}
