// Package trial runs paired comparisons for the parts of the program. A control
// first measures which differences they can resolve.
package trial

import (
	"fmt"
	"io"
	"time"

	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// Trial is a comparison of variants with a base, round by round.
type Trial struct {
	Name   string
	Gate   bool    // as in paired.Options
	Rounds float64 // factor to the rounds of the session; 0 is 1
	Base   paired.Variant
	Others []paired.Variant
}

// Part is a part of the program. Its trials are known before it runs, so that
// all controls run first.
type Part struct {
	Name   string
	Trials []Trial
	Run    func(*Session) (report.Section, []bars.Reading)
	Close  func() // nil if there is nothing to close
}

// Session runs trials.
type Session struct {
	Rounds  int       // of a trial that does not set more or fewer
	Least   int       // rounds of any trial; below 3 is 3, and bars want 5
	Seed    uint64    // of the order in each round; 0 selects another one for each trial
	Ungated bool      // keeps all samples, whatever the gate of a trial says: this is not slower when a core is missing
	Log     io.Writer // receives progress messages

	resolutions map[string]float64
	executions  int // samples that were kept
	rejected    int // samples that the gate rejected
	dropped     int // samples that were dropped
}

// minRounds is the least number of rounds of a trial: fewer have no median.
const minRounds = 3

// rounds returns the number of rounds of a trial.
func (s *Session) rounds(t Trial) int {
	if t.Rounds == 0 {
		t.Rounds = 1
	}
	return max(minRounds, s.Least, int(t.Rounds*float64(s.Rounds)+0.5))
}

// Control compares the base of each trial with itself, in as many rounds as the
// trial will have. From that it derives the resolution: the median of such a
// comparison can be that far from 1 without a cause.
func (s *Session) Control(trials []Trial) report.Section {
	s.resolutions = map[string]float64{}
	table := report.Table{Columns: []string{"comparison", "same code, ratio", "95 % interval", "rounds", "resolution"}}
	for _, t := range trials {
		s.say("control of %s", t.Name)
		t.Others = nil
		ratio := s.measure(t).Over(control, t.Base.Name)
		s.resolutions[t.Name] = ratio.resolution()
		table.Rows = append(table.Rows, []any{
			t.Name, report.Ratio(ratio.Median),
			report.Range{report.Ratio(ratio.Low), report.Ratio(ratio.High)},
			ratio.Samples, report.Percent(100 * s.resolutions[t.Name]),
		})
	}
	return report.Section{
		Title: "What can be told apart",
		Text: []string{"Before anything else was measured, the base of each comparison ran against itself, in as many rounds as the comparison has. " +
			"The resolution is how far the 95 % interval of that median is from 1: a smaller difference means nothing."},
		Tables: []report.Table{table},
	}
}

// Run measures a trial.
func (s *Session) Run(t Trial) Result {
	s.say("%s", t.Name)
	return s.measure(t)
}

// measure runs every variant once without counting, and then in rounds.
func (s *Session) measure(t Trial) Result {
	for _, v := range append([]paired.Variant{t.Base}, t.Others...) {
		v.Run()
	}
	rows, err := paired.Measure(paired.Options{Gate: t.Gate && !s.Ungated, Seed: s.Seed}, s.rounds(t), t.Base, t.Others...)
	if err != nil {
		panic(fmt.Sprintf("trial %s: %v", t.Name, err)) // a bug in the program
	}
	for _, r := range rows {
		s.executions += len(r.Samples) - r.Dropped
		s.rejected += r.Rejected
		s.dropped += r.Dropped
	}
	return Result{Trial: t, Rows: rows, Resolution: s.resolutions[t.Name]}
}

// Noise returns how many executions the gate has rejected so far.
func (s *Session) Noise() string {
	if s.Ungated {
		return fmt.Sprintf("%d executions, kept whether two cores were there or not", s.executions)
	}
	total := s.executions + s.rejected
	return fmt.Sprintf("%d of %d executions rejected because a core was missing (%.0f %%), %d samples given up",
		s.rejected, total, 100*float64(s.rejected)/float64(max(total, 1)), s.dropped)
}

// Progress writes a progress message.
func (s *Session) Progress(what string) { s.say("%s", what) }

func (s *Session) say(format string, args ...any) {
	if s.Log != nil {
		fmt.Fprintf(s.Log, "%s  "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
	}
}
