package termhook_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

func TestJSONSurvivesAnyNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out buffer
		h := newHook(t, termhook.ModeJSON, &out)
		r := startRun(h, "\xff", "", math.MaxInt)
		r.OnProgress(r.ctx, core.Progress{Throughput: math.NaN(), Elapsed: 1, At: time.Unix(1<<60, 0)})
		waitForFrame()
		r.end()
		synctest.Wait()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		for _, line := range lines {
			if !json.Valid([]byte(line)) {
				t.Errorf("not valid: %q", line)
			}
		}
		if len(lines) != 3 {
			t.Errorf("%d lines, want 3", len(lines))
		}
	})
}
