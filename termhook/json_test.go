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

func TestJSONLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out buffer
		h := newHook(t, termhook.ModeJSON, &out)
		j := begin(h, "nightly", "r1", 1000, 2)
		u := begin(h, "unbounded", "r2", -1, 0)
		for i := range 20 { // 4 s
			time.Sleep(200 * time.Millisecond)
			j.progress(i*10, 50)
		}
		u.progress(7, 0)
		j.fail(3, errRow)
		j.chunk(100, 1, 4*time.Second)
		j.worker(0, 600, 3*time.Second)
		j.worker(1, 400, 4*time.Second)
		j.end(1000, core.OutcomeError, nil)
		u.end(7, core.OutcomeOK, nil)
		synctest.Wait()
		compare(t, "json", out.String())
		for line := range strings.Lines(out.String()) {
			var o struct {
				Version         int
				Event, Executor string
				Time            time.Time
			}
			if err := json.Unmarshal([]byte(line), &o); err != nil || o.Version != 1 || o.Event == "" || o.Executor == "" || o.Time.IsZero() {
				t.Errorf("%s is read as %+v, %v", line, o, err)
			}
		}
	})
}

func TestJSONSurvivesAnyNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out buffer
		h := newHook(t, termhook.ModeJSON, &out)
		j := begin(h, "\xff", "", math.MaxInt, 1)
		j.OnProgress(j.ctx, core.Progress{Throughput: math.NaN(), Elapsed: 1, At: time.Unix(1<<60, 0)})
		settle()
		j.end(math.MaxInt, core.OutcomeOK, nil)
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
