package terminal_test

import (
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// scenarios are runs whose frames are kept in testdata. Each scenario calls
// capture for every frame to keep.
var scenarios = []struct {
	name string
	play func(h *termhook.Hook, s *screen, capture func(caption string))
}{
	{"two_runs", func(h *termhook.Hook, _ *screen, capture func(string)) {
		log := log.New(h.Writer(), "", 0)
		a := startRun(h, "nightly", "r1", 1_000_000, 16)
		log.Print("a line of the program's log")
		time.Sleep(25 * time.Second)
		b := startRun(h, "thumbnails", "r2", 2_400, 4)
		time.Sleep(25 * time.Second)
		a.progress(521_000, 12_400)
		b.progress(816, 32)
		waitForFrame()
		capture("two runs at once")
		for i := range 12 {
			a.itemFailure(4711+i, errRow)
		}
		a.progress(530_000, 12_400)
		log.Print("lines of the log appear above")
		waitForFrame()
		capture("failures")
		time.Sleep(10 * time.Second)
		b.chunkEnd(100, 0, 4100*time.Millisecond)
		b.end(2_400, core.OutcomeOK, nil)
		waitForFrame()
		capture("one has ended")
	}},
	{"stalled", func(h *termhook.Hook, _ *screen, capture func(string)) {
		r := startRun(h, "nightly", "r1", 1_000_000, 16)
		time.Sleep(time.Second)
		r.progress(100, 0)
		waitForFrame()
		capture("estimating, at first")
		time.Sleep(9 * time.Second)
		for i := range 3 {
			r.chunkEnd(100, i, time.Second)
		}
		r.oldest = time.Now()
		r.progress(300_000, 30_000)
		waitForFrame()
		capture("in full swing")
		for range 45 {
			time.Sleep(time.Second)
			r.progress(300_000, 0)
		}
		waitForFrame()
		capture("nothing was finished for 45 s")
		r.oldest = time.Now()
		r.progress(300_400, 400)
		waitForFrame()
		capture("it goes on")
	}},
	{"resized", func(h *termhook.Hook, s *screen, capture func(string)) {
		fmt.Fprintln(h.Writer(), "$ nightly # the line before")
		a, b := startRun(h, "nightly", "r1", 1_000_000, 16), startRun(h, "thumbnails", "r2", 2_400, 4)
		time.Sleep(50 * time.Second)
		draw := func(done int) {
			a.progress(done, 12_400)
			b.progress(done/1000, 32)
			waitForFrame()
		}
		draw(521_000)
		columns, rows := s.Size()
		s.emulator.Resize(columns/2, rows)
		draw(522_000)
		capture("half as wide")
		s.emulator.Resize(columns, rows)
		draw(523_000)
		capture("as wide as before")
		s.emulator.Resize(columns, 2)
		draw(524_000)
		capture("two rows high")
	}},
	{"interrupted", func(h *termhook.Hook, s *screen, capture func(string)) {
		r := startRun(h, "nightly", "r1", 1_000_000, 4)
		time.Sleep(50 * time.Second)
		r.chunkEnd(100, 1, 33*time.Second)
		r.progress(521_000, 12_400)
		waitForFrame()
		fmt.Fprint(s, "^C") // the terminal's echo
		for i, busy := range []float64{49, 48, 50, 31} {
			r.workerEnd(i, 130_000+i, time.Duration(busy*1e9))
		}
		r.end(521_006, core.OutcomeCanceled, errors.New("context canceled: interrupt signal received"))
		fmt.Fprint(s, "$ ")
		capture("interrupted")
	}},
	{"summary", func(h *termhook.Hook, _ *screen, capture func(string)) {
		r := startRun(h, "nightly", "r1", 1_000_000, 20)
		for i := range 9 {
			r.itemFailure(4711+i, fmt.Errorf("insert into orders: row %d: duplicate key", 813+i))
		}
		for i, took := range []float64{1.2, 33, 4.1, 3.9, 0.25} {
			r.chunkEnd(120, i, time.Duration(took*1e9))
		}
		time.Sleep(97 * time.Second)
		for i := range 20 {
			r.workerEnd(i, 50_000-7*i, 97*time.Second-time.Duration(i)*500*time.Millisecond)
		}
		r.end(1_000_000, core.OutcomeError, errRow)
		capture("many workers, some failures")
	}},
	{"hostile", func(h *termhook.Hook, _ *screen, capture func(string)) {
		r := startRun(h, "\x1b[2Jnight\rly\u202e\a", "r1", 10, 1)
		time.Sleep(time.Second)
		r.progress(4, 0)
		waitForFrame()
		capture("a name that drives a terminal")
		r.itemFailure(3, errors.New("bad\n\n\x1b[1;1Hrow\x1b]0;title\x07\xff \u009b31m"))
		r.end(10, core.OutcomeError, errRow)
		capture("and an error that does")
	}},
	{"many", func(h *termhook.Hook, _ *screen, capture func(string)) {
		var runs []*testRun
		for i := range 6 {
			name := "import"
			if i == 1 {
				name = "größer als die Spalte erlaubt, 日本語"
			}
			runs = append(runs, startRun(h, name, fmt.Sprintf("run-%d-of-six", i), []int{1000, -1}[i%2], 2))
		}
		time.Sleep(20 * time.Second)
		for i, r := range runs {
			r.progress(100*i+40, float64(3+i))
		}
		waitForFrame()
		capture("six runs, of which three do not know their total")
		for _, r := range runs {
			r.end(1000, core.OutcomeOK, nil)
		}
		for range 300 {
			startRun(h, "tiny", "t", 1, 1).end(1, core.OutcomeOK, nil)
		}
		time.Sleep(10 * time.Second)
		waitForFrame()
		capture("hundreds of runs")
	}},
}
