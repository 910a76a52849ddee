package termhook_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

func TestSlowestChunks(t *testing.T) {
	for name, seconds := range map[string][]int{"rising": {1, 2, 3, 4, 5, 6}, "falling": {6, 5, 4, 3, 2, 1}, "mixed": {4, 1, 6, 2, 5, 3}} {
		synctest.Test(t, func(t *testing.T) {
			var out buffer
			exec := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1))
			exec.Register(newHook(t, termhook.ModePlain, &out))
			_ = core.ForEach(t.Context(), exec, seconds, func(_ context.Context, s int) error {
				time.Sleep(time.Duration(s) * time.Second)
				return nil
			})
			_, list, _ := strings.Cut(out.String(), "slowest=")
			list, _, _ = strings.Cut(list, " ")
			var durations []string
			for chunk := range strings.SplitSeq(list, ",") {
				_, d, _ := strings.Cut(chunk, ":")
				durations = append(durations, d)
			}
			if got := strings.Join(durations, " "); got != "6.0s 5.0s 4.0s" {
				t.Errorf("%s: %q", name, got)
			}
		})
	}
}

func TestColorsAndBlocks(t *testing.T) {
	for _, tt := range []struct {
		name, variable, value string
		colors, blocks        bool
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
				var out buffer
				exec := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithContinueOnError())
				exec.Register(newHook(t, termhook.ModeTTY, terminal{&out}))
				_ = core.ForEach(t.Context(), exec, []int{1, 2, 3, 4}, func(_ context.Context, n int) error {
					time.Sleep(time.Second)
					if n == 2 {
						return errRow
					}
					return nil
				})
				raw := out.String()
				if got := strings.Contains(raw, "\x1b[31mfail 1\x1b[m"); got != tt.colors {
					t.Errorf("colors: %v, want %v: %q", got, tt.colors, raw)
				}
				if blocks, ascii := strings.Contains(raw, "█"), strings.Contains(raw, "###---"); blocks != tt.blocks || ascii == tt.blocks {
					t.Errorf("blocks: %v, want %v: %q", blocks, tt.blocks, raw)
				}
			})
		})
	}
}

// TestRealRuns shares a hook among several executors, with everything that runs do.
func TestRealRuns(t *testing.T) {
	for _, mode := range writingModes {
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
