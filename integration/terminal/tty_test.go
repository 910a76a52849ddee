package terminal_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/termhook"
)

// countingScreen counts writes.
type countingScreen struct {
	*screen
	writes int
}

func (c *countingScreen) Write(p []byte) (int, error) {
	c.writes++
	return c.screen.Write(p)
}

func TestFramesAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &countingScreen{screen: newScreen(80, 24)}
		r := startRun(newHook(t, termhook.ModeTTY, out), "nightly", "r1", 100_000, 1)
		for i := range 49 {
			time.Sleep(10 * time.Millisecond)
			r.progress(i, 100)
		}
		synctest.Wait()
		if out.writes > 0 {
			t.Errorf("a run of less than 500 ms is shown: %q", out.raw.String())
		}
		for i := range 1000 { // 10 s
			time.Sleep(10 * time.Millisecond)
			r.progress(i, 100)
		}
		waitForFrame()
		if out.writes < 90 || out.writes > 101 {
			t.Errorf("%d frames in 10 s", out.writes)
		}
		before := out.writes
		for range 100 {
			time.Sleep(10 * time.Millisecond)
			r.progress(999, 100)
		}
		waitForFrame()
		if n := out.writes - before; n > 2 { // the forecast changes once a second
			t.Errorf("%d frames in 1 s that showed nothing new", n)
		}
	})
}

func TestNoForecastWhileStalled(t *testing.T) {
	for _, mode := range []termhook.Mode{termhook.ModeTTY, termhook.ModePlain, termhook.ModeJSON} {
		synctest.Test(t, func(t *testing.T) {
			out := newScreen(80, 24)
			r := startRun(newHook(t, mode, out), "nightly", "r1", 100, 1)
			time.Sleep(time.Second)
			r.progress(50, 10)
			waitForFrame()
			length := 0
			for i := range 60 {
				time.Sleep(time.Second)
				if i == 35 {
					waitForFrame()
					length = len(out.raw.String())
				}
				r.progress(50, 10) // with a forecast
			}
			waitForFrame()
			late := out.raw.String()[length:]
			if strings.Contains(late, "eta") || strings.Contains(late, "remaining") {
				t.Errorf("%s shows a forecast while the run is stalled: %q", mode, late)
			}
			if !strings.Contains(out.raw.String(), "stalled") {
				t.Errorf("%s does not show that the run is stalled", mode)
			}
		})
	}
}

func TestSlowChunksAreNotStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(80, 24)
		r := startRun(newHook(t, termhook.ModeTTY, s), "nightly", "r1", 100, 1)
		for range 3 {
			r.chunkEnd(1, 0, 20*time.Second)
		}
		r.progress(3, 0)
		time.Sleep(59 * time.Second)
		r.progress(3, 0)
		waitForFrame()
		if frame := s.frame(); strings.Contains(frame, "stalled") {
			t.Errorf("after less than three times a chunk's time:\n%s", frame)
		}
		time.Sleep(2 * time.Second)
		r.progress(3, 0)
		waitForFrame()
		if frame := s.frame(); !strings.Contains(frame, "stalled 1m01s") {
			t.Errorf("after more than that:\n%s", frame)
		}
	})
}
