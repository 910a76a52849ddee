package terminal_test

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// counted counts writes.
type counted struct {
	*screen
	writes int
}

func (c *counted) Write(p []byte) (int, error) {
	c.writes++
	return c.screen.Write(p)
}

func TestFramesAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &counted{screen: newScreen(80, 24)}
		j := begin(newHook(t, termhook.ModeTTY, out), "nightly", "r1", 100_000, 1)
		for i := range 49 {
			time.Sleep(10 * time.Millisecond)
			j.progress(i, 100)
		}
		synctest.Wait()
		if out.writes > 0 {
			t.Errorf("a run of less than 500 ms is shown: %q", out.raw.String())
		}
		for i := range 1000 { // 10 s
			time.Sleep(10 * time.Millisecond)
			j.progress(i, 100)
		}
		settle()
		if out.writes < 90 || out.writes > 101 {
			t.Errorf("%d frames in 10 s", out.writes)
		}
		before := out.writes
		for range 100 {
			time.Sleep(10 * time.Millisecond)
			j.progress(999, 100)
		}
		settle()
		if n := out.writes - before; n > 2 { // the forecast changes once a second
			t.Errorf("%d frames in 1 s that showed nothing new", n)
		}
	})
}

func TestNoForecastWhileStalled(t *testing.T) {
	for _, mode := range drawing {
		synctest.Test(t, func(t *testing.T) {
			var out buffer
			j := begin(newHook(t, mode, terminal{&out}), "nightly", "r1", 100, 1)
			time.Sleep(time.Second)
			j.progress(50, 10)
			settle()
			length := 0
			for i := range 60 {
				time.Sleep(time.Second)
				if i == 35 {
					settle()
					length = len(out.String())
				}
				j.progress(50, 10) // with a forecast
			}
			settle()
			late := out.String()[length:]
			if strings.Contains(late, "eta") || strings.Contains(late, "remaining") {
				t.Errorf("%s tells a forecast while the run is stalled: %q", mode, late)
			}
			if !strings.Contains(out.String(), "stalled") {
				t.Errorf("%s does not tell that the run is stalled", mode)
			}
		})
	}
}

func TestSlowChunksAreNotStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(80, 24)
		j := begin(newHook(t, termhook.ModeTTY, s), "nightly", "r1", 100, 1)
		for range 3 {
			j.chunk(1, 0, 20*time.Second)
		}
		j.progress(3, 0)
		time.Sleep(59 * time.Second)
		j.progress(3, 0)
		settle()
		if frame := s.frame(); strings.Contains(frame, "stalled") {
			t.Errorf("after less than three times a chunk's time:\n%s", frame)
		}
		time.Sleep(2 * time.Second)
		j.progress(3, 0)
		settle()
		if frame := s.frame(); !strings.Contains(frame, "stalled 1m01s") {
			t.Errorf("after more than that:\n%s", frame)
		}
	})
}

func TestSlowestChunks(t *testing.T) {
	for name, seconds := range map[string][]int{"rising": {1, 2, 3, 4, 5, 6}, "falling": {6, 5, 4, 3, 2, 1}, "mixed": {4, 1, 6, 2, 5, 3}} {
		synctest.Test(t, func(t *testing.T) {
			var out buffer
			j := begin(newHook(t, termhook.ModePlain, &out), "nightly", "r1", 6, 1)
			for _, s := range seconds {
				j.chunk(1, 0, time.Duration(s)*time.Second)
			}
			j.end(6, core.OutcomeOK, nil)
			_, list, _ := strings.Cut(out.String(), "slowest=")
			list, _, _ = strings.Cut(list, "\n")
			var durations []string
			for _, chunk := range strings.Split(list, ",") {
				_, d, _ := strings.Cut(chunk, ":")
				durations = append(durations, d)
			}
			if got := strings.Join(durations, " "); got != "6.0s 5.0s 4.0s" {
				t.Errorf("%s: %q", name, got)
			}
		})
	}
}

func TestColoursAndBlocks(t *testing.T) {
	for _, tt := range []struct {
		name, variable, value string
		colours, blocks       bool
	}{
		{"as usual", "LANG", "C.UTF-8", true, true},
		{"NO_COLOR", "NO_COLOR", "1", false, true},
		{"empty NO_COLOR", "NO_COLOR", "", true, true},
		{"ASCII", "LANG", "C", true, false},
		{"no locale", "LANG", "", true, false},
		{"LC_ALL over LANG", "LC_ALL", "de_DE", true, false},
		{"other spelling", "LC_ALL", "en_US.utf8", true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(tt.variable, tt.value)
			synctest.Test(t, func(t *testing.T) {
				s := newScreen(80, 24)
				j := begin(newHook(t, termhook.ModeTTY, s), "nightly", "r1", 100, 1)
				time.Sleep(time.Second)
				j.fail(1, errRow)
				j.progress(50, 10)
				settle()
				raw := s.raw.String()
				if got := strings.Contains(raw, "\x1b[31mfail 1\x1b[m"); got != tt.colours {
					t.Errorf("colours: %v, want %v: %q", got, tt.colours, raw)
				}
				if blocks, ascii := strings.Contains(raw, "█"), strings.Contains(raw, "###---"); blocks != tt.blocks || ascii == tt.blocks {
					t.Errorf("blocks: %v, want %v: %q", blocks, tt.blocks, raw)
				}
			})
		})
	}
}

// TestRealRuns has several executors share a hook, with all that runs do.
func TestRealRuns(t *testing.T) {
	for _, mode := range drawing {
		h := newHook(t, mode, terminal{io.Discard})
		done := make(chan error)
		for range 4 {
			go func() {
				exec := core.NewExecutor(core.WithWorkers(4), core.WithContinueOnError(), core.WithProgressInterval(0), core.WithChunkSize(3))
				exec.Register(h)
				_, err := core.Map(t.Context(), exec, make([]int, 1000), nothing)
				done <- err
			}()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if err := h.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if s := h.Stats(); s.Produced != 4 || s.Delivered != 4 {
			t.Errorf("%s: %+v", mode, s)
		}
	}
}
