package paired

import (
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
	"unicode"
)

const (
	// barsVariable is the environment variable that enforces the bars if 1.
	barsVariable = "CHUNKSCOPE_BARS"

	// minRounds is the least number of rounds for which bars are enforced.
	minRounds = 10

	// minKept is the least number of kept samples for which a median is
	// compared with a bar.
	minKept = 5
)

// enforced reports whether a missed bar fails the benchmark, given the value
// of barsVariable and the number of rounds.
func enforced(value string, rounds int) bool {
	return value == "1" && rounds >= minRounds
}

// verdict compares a row with its bar.
func (r Row) verdict() string {
	switch {
	case r.Bar == 0:
		return ""
	case r.Kept < minKept || r.gateImpossible:
		return "undecided"
	case r.Ratio.Median > r.Bar:
		return "over bar"
	}
	return "ok"
}

// missed returns the reason why an enforced bar fails the benchmark, or nil. An
// undecided bar fails it too: otherwise it would pass on a machine that cannot
// measure.
func (r Row) missed(rounds int) error {
	switch verdict := r.verdict(); {
	case verdict == "over bar":
		return fmt.Errorf("%s: ratio %.3f is over the bar %.3f (IQR %s, %d of %d rounds kept)",
			r.Name, r.Ratio.Median, r.Bar, r.Ratio.interquartile(), r.Kept, rounds)
	case verdict == "undecided" && r.gateImpossible:
		return fmt.Errorf("%s: bar %.3f is undecided: the gate needs two processors", r.Name, r.Bar)
	case verdict == "undecided":
		return fmt.Errorf("%s: bar %.3f is undecided: %d of %d rounds kept, %d needed",
			r.Name, r.Bar, r.Kept, rounds, minKept)
	}
	return nil
}

// interquartile formats the range of the middle half of the ratios.
func (s Summary) interquartile() string {
	return fmt.Sprintf("%.3f..%.3f", s.Q1, s.Q3)
}

// gateNote describes in the head of the table whether the gate was used.
func gateNote(wanted, impossible bool) string {
	switch {
	case impossible:
		return "gate impossible on one processor"
	case wanted:
		return "gated by two cores"
	}
	return "not gated"
}

// table formats the rows. It has a head line with what is needed to repeat
// the measurement, and one line for each row:
//
//	ratio     median of time / time of the base in the same round
//	IQR       first and third quartile of the same
//	min/min   fastest sample / fastest sample of the base
//	time      median time of one execution, for orientation only
//	kept      rounds in which the variant and the base both kept a sample
//	rejected  executions that the gate did not accept
//	dropped   rounds without a sample, after six tries
//	bar       highest acceptable ratio, and how the ratio stands to it
func table(rows []Row, rounds int, seed uint64, note string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d rounds, seed %d, %s\n", rounds, seed, note)
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "variant\tratio\tIQR\tmin/min\ttime\tkept\trejected\tdropped\tbar\t\t")
	for i, r := range rows {
		ratio, iqr, minRatio, duration := "-", "-", "-", "-"
		if r.Kept > 0 {
			ratio, iqr = fmt.Sprintf("%.3f", r.Ratio.Median), r.Ratio.interquartile()
			minRatio = fmt.Sprintf("%.3f", r.MinRatio)
		}
		if r.Time > 0 {
			duration = threeDigits(r.Time).String()
		}
		name, bar := r.Name, ""
		if i == 0 {
			name, ratio, iqr, minRatio = name+" (base)", "1", "", "1"
		}
		if r.Bar > 0 {
			bar = fmt.Sprintf("%.3f", r.Bar)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\t\n",
			name, ratio, iqr, minRatio, duration, r.Kept, r.Rejected, r.Dropped,
			bar, r.verdict())
	}
	_ = w.Flush() // a strings.Builder does not fail
	return trailingSpace.ReplaceAllString(text.String(), "")
}

// trailingSpace matches what empty cells leave at the end of a line.
var trailingSpace = regexp.MustCompile(`(?m) +$`)

// threeDigits rounds d to three significant digits.
func threeDigits(d time.Duration) time.Duration {
	if d <= 0 {
		return d
	}
	unit := math.Pow10(max(0, int(math.Floor(math.Log10(float64(d))))-2))
	return d.Round(time.Duration(unit))
}

// metricUnit returns the unit under which the ratio of a variant is reported.
// Units must not contain white space.
func metricUnit(name string) string {
	if name == controlName {
		return controlName
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return '_'
		}
		return c
	}, name) + "/base"
}

// printTable writes text to the standard output. It does not use b.Log, because
// the testing package cuts the log of a benchmark after ten lines. Unless the
// output is verbose, the testing package has already printed the name of the
// benchmark and will add the metrics to that line. The table therefore starts
// on a new line, and the name is printed again after it, which keeps the
// metrics readable for benchstat.
func printTable(b *testing.B, text string) {
	if testing.Verbose() {
		fmt.Fprint(stdout, text)
		return
	}
	name := b.Name()
	if procs := runtime.GOMAXPROCS(0); procs > 1 {
		name = fmt.Sprintf("%s-%d", name, procs)
	}
	fmt.Fprintf(stdout, "\n%s%s\t", text, name)
}

// stdout is the destination of tables; tests replace it.
var stdout io.Writer = os.Stdout
