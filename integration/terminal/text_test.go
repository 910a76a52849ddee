package terminal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

func TestGoldenPlainLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := newHook(t, termhook.ModePlain, &out)
		r := startRun(h, "nightly job", "r1", 1000, 4)
		for i := range 40 { // 8 s
			time.Sleep(200 * time.Millisecond)
			r.progress(i*10, 50)
		}
		r.itemFailure(3, errors.New("bad \"row\"\x1b[2J\nin two lines"))
		for i := range 100 { // 20 s
			time.Sleep(200 * time.Millisecond)
			r.progress(400+i, 5)
		}
		for range 60 {
			time.Sleep(time.Second)
			r.progress(500, 0)
		}
		r.chunkEnd(100, 2, 33*time.Second)
		r.workerEnd(0, 600, 66*time.Second)
		r.workerEnd(1, 400, 80*time.Second)
		r.end(1000, core.OutcomeError, nil)
		synctest.Wait()
		checkGolden(t, "plain", out.String())
	})
}

func TestGoldenJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := newHook(t, termhook.ModeJSON, &out)
		r := startRun(h, "nightly", "r1", 1000, 2)
		unbounded := startRun(h, "unbounded", "r2", -1, 0)
		for i := range 20 { // 4 s
			time.Sleep(200 * time.Millisecond)
			r.progress(i*10, 50)
		}
		unbounded.progress(7, 0)
		r.itemFailure(3, errRow)
		r.chunkEnd(100, 1, 4*time.Second)
		r.workerEnd(0, 600, 3*time.Second)
		r.workerEnd(1, 400, 4*time.Second)
		r.end(1000, core.OutcomeError, nil)
		unbounded.end(7, core.OutcomeOK, nil)
		synctest.Wait()
		checkGolden(t, "json", out.String())
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
