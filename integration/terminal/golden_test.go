package terminal_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

var update = flag.Bool("update", false, "write the golden frames anew")

// scenes are what people must see. Each plays on a screen and calls look for
// every frame to keep.
var scenes = []struct {
	name string
	play func(h *termhook.Hook, s *screen, look func(caption string))
}{
	{"two_runs", func(h *termhook.Hook, _ *screen, look func(string)) {
		log := log.New(h.Writer(), "", 0)
		a := begin(h, "nightly", "r1", 1_000_000, 16)
		log.Print("a line of the program's log")
		time.Sleep(25 * time.Second)
		b := begin(h, "thumbnails", "r2", 2_400, 4)
		time.Sleep(25 * time.Second)
		a.progress(521_000, 12_400)
		b.progress(816, 32)
		settle()
		look("two runs at once")
		for i := range 12 {
			a.fail(4711+i, errRow)
		}
		a.progress(530_000, 12_400)
		log.Print("lines of the log appear above")
		settle()
		look("failures")
		time.Sleep(10 * time.Second)
		b.chunk(100, 0, 4100*time.Millisecond)
		b.end(2_400, core.OutcomeOK, nil)
		settle()
		look("one has ended")
	}},
	{"stalled", func(h *termhook.Hook, _ *screen, look func(string)) {
		j := begin(h, "nightly", "r1", 1_000_000, 16)
		time.Sleep(time.Second)
		j.progress(100, 0)
		settle()
		look("estimating, at first")
		time.Sleep(9 * time.Second)
		for i := range 3 {
			j.chunk(100, i, time.Second)
		}
		j.oldest = time.Now()
		j.progress(300_000, 30_000)
		settle()
		look("in full swing")
		for range 45 {
			time.Sleep(time.Second)
			j.progress(300_000, 0)
		}
		settle()
		look("nothing was finished for 45 s")
		j.oldest = time.Now()
		j.progress(300_400, 400)
		settle()
		look("it goes on")
	}},
	{"resized", func(h *termhook.Hook, s *screen, look func(string)) {
		fmt.Fprintln(h.Writer(), "$ nightly # the line before")
		a, b := begin(h, "nightly", "r1", 1_000_000, 16), begin(h, "thumbnails", "r2", 2_400, 4)
		time.Sleep(50 * time.Second)
		draw := func(done int) {
			a.progress(done, 12_400)
			b.progress(done/1000, 32)
			settle()
		}
		draw(521_000)
		columns, rows := s.Size()
		s.emulator.Resize(columns/2, rows)
		draw(522_000)
		look("half as wide")
		s.emulator.Resize(columns, rows)
		draw(523_000)
		look("as wide as before")
		s.emulator.Resize(columns, 2)
		draw(524_000)
		look("two rows high")
	}},
	{"interrupted", func(h *termhook.Hook, s *screen, look func(string)) {
		j := begin(h, "nightly", "r1", 1_000_000, 4)
		time.Sleep(50 * time.Second)
		j.chunk(100, 1, 33*time.Second)
		j.progress(521_000, 12_400)
		settle()
		fmt.Fprint(s, "^C") // the terminal's echo
		for i, busy := range []float64{49, 48, 50, 31} {
			j.worker(i, 130_000+i, time.Duration(busy*1e9))
		}
		j.end(521_006, core.OutcomeCanceled, errors.New("context canceled: interrupt signal received"))
		fmt.Fprint(s, "$ ")
		look("interrupted")
	}},
	{"summary", func(h *termhook.Hook, _ *screen, look func(string)) {
		j := begin(h, "nightly", "r1", 1_000_000, 20)
		for i := range 9 {
			j.fail(4711+i, fmt.Errorf("insert into orders: row %d: duplicate key", 813+i))
		}
		for i, took := range []float64{1.2, 33, 4.1, 3.9, 0.25} {
			j.chunk(120, i, time.Duration(took*1e9))
		}
		time.Sleep(97 * time.Second)
		for i := range 20 {
			j.worker(i, 50_000-7*i, 97*time.Second-time.Duration(i)*500*time.Millisecond)
		}
		j.end(1_000_000, core.OutcomeError, errRow)
		look("many workers, some failures")
	}},
	{"hostile", func(h *termhook.Hook, _ *screen, look func(string)) {
		j := begin(h, "\x1b[2Jnight\rly\u202e\a", "r1", 10, 1)
		time.Sleep(time.Second)
		j.progress(4, 0)
		settle()
		look("a name that drives a terminal")
		j.fail(3, errors.New("bad\n\n\x1b[1;1Hrow\x1b]0;title\x07\xff \u009b31m"))
		j.end(10, core.OutcomeError, errRow)
		look("and an error that does")
	}},
	{"many", func(h *termhook.Hook, _ *screen, look func(string)) {
		var jobs []*job
		for i := range 6 {
			name := "import"
			if i == 1 {
				name = "größer als die Spalte erlaubt, 日本語"
			}
			jobs = append(jobs, begin(h, name, fmt.Sprintf("run-%d-of-six", i), []int{1000, -1}[i%2], 2))
		}
		time.Sleep(20 * time.Second)
		for i, j := range jobs {
			j.progress(100*i+40, float64(3+i))
		}
		settle()
		look("six runs, of which three do not know their total")
		for _, j := range jobs {
			j.end(1000, core.OutcomeOK, nil)
		}
		for range 300 {
			begin(h, "tiny", "t", 1, 1).end(1, core.OutcomeOK, nil)
		}
		time.Sleep(10 * time.Second)
		settle()
		look("hundreds of runs")
	}},
}

func TestGoldenFrames(t *testing.T) {
	for _, scene := range scenes {
		for _, columns := range []int{120, 80, 30} {
			name := fmt.Sprintf("%s_%d", scene.name, columns)
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newScreen(columns, 30)
					h := newHook(t, termhook.ModeTTY, s)
					var got strings.Builder
					scene.play(h, s, func(caption string) {
						fmt.Fprintf(&got, "== %s\n%s", caption, s.frame())
					})
					if err := h.Shutdown(context.Background()); err != nil {
						t.Error(err)
					}
					s.checkEscapes(t)
					if s.emulator.CursorHidden() {
						t.Error("the cursor is hidden")
					}
					compare(t, name, got.String())
				})
			})
		}
	}
}

// compare holds a text to the golden one.
func compare(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file) //nolint:gosec // G304: one of the files next to this one
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got\n%s\nwant\n%s", file, got, want)
	}
}
