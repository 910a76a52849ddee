package loghook_test

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/loghook"
)

// A run that tolerated its failures ends with a warning, not with an error.
func TestPartialRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := newHook(t, loghook.WithLogger(logger(&out)))
		exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(1), core.WithChunkSize(10), core.WithMaxFailedItems(1))
		exec.Register(h)
		ctx := core.WithRun(t.Context(), core.RunInfo{ID: "r1"})
		_ = core.ForEach(ctx, exec, []int{0, 1, 2, 3}, func(_ context.Context, i int) error {
			time.Sleep(time.Second)
			if i == 1 {
				return errRow
			}
			return nil
		})
		expect(t, h, &out,
			`level=INFO msg="run started" executor=nightly run=r1 items=4 workers=1`,
			`level=WARN msg="item failed" executor=nightly run=r1 index=1 chunk=0 worker=0 outcome=error type=errors.errorString error="item 1: bad row"`,
			`level=WARN msg="run ended" executor=nightly run=r1 outcome=partial items=4 items_done=4 items_failed=1 chunks=1 chunks_failed=1 duration=4s throughput=1 error="nightly: 1 of 4 items failed, as tolerated: item 1: bad row"`)
	})
}
