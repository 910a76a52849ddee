package paired

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
)

// Variant is one way of doing the work that is compared.
type Variant struct {
	// Name labels the variant in the table and in the reported metric. It is
	// not empty, and no two variants of a comparison share it.
	Name string

	// Run does the whole work once. Everything it does is measured.
	Run func()

	// Bar is the highest acceptable median of the ratio to the base; 0 means
	// that there is none. The bar of a base is not looked at.
	Bar float64

	// Ungated exempts this variant from Options.Gate. It is for a variant that
	// uses one core only, such as a sequential loop next to parallel ones.
	Ungated bool
}

// Options are the settings of a comparison. The zero value is useful: no gate,
// and an order that differs from run to run.
type Options struct {
	// Gate keeps only samples taken while two cores were really there. Set it
	// for work that keeps at least two workers computing; leave it off for
	// work that sleeps or has one worker. Without two processors it is
	// impossible, and every sample is kept and every bar undecided.
	Gate bool

	// Seed repeats the shuffling of an earlier run, which printed it; 0 means
	// a new one.
	Seed uint64
}

// Ratios returns the time of r divided by that of another row of the same
// comparison, for each round in which both kept a sample.
func (r Row) Ratios(other Row) []float64 {
	return series(r.Samples).pairedRatios(other.Samples)
}

// controlName labels the second, identical run of the base in each round.
const controlName = "A/A"

// Row is the result of one variant.
type Row struct {
	Name string
	Bar  float64 // as in Variant

	// Ratio is the time divided by that of the base in the same round. It and
	// MinRatio are zero if Kept is.
	Ratio    Summary
	MinRatio float64       // fastest sample divided by the fastest of the base
	Time     time.Duration // median of one execution; 0 if all were dropped

	Kept     int // rounds in which this variant and the base both kept a sample
	Rejected int // executions the gate did not accept, including the repeated ones
	Dropped  int // rounds without a sample of this variant

	// Samples are the times themselves by round, 0 in a round without one.
	Samples []time.Duration

	ungatable bool // should have been gated, and could not be
}

// Compare measures base and others in b.N rounds, as described for the
// package. It prints a table to the standard output and reports the median
// ratio of each variant as the metric "<name>/base", and that of the control
// as "A/A"; the time per operation, which would mean nothing here, is hidden.
// It fails the benchmark for a missed bar if bars are enforced.
//
// The rows returned are base, control and others, in this order. They are for
// numbers derived from several comparisons, such as the worst of all ratios.
func Compare(b *testing.B, opts Options, base Variant, others ...Variant) []Row {
	b.Helper()
	for opts.Seed == 0 {
		opts.Seed = rand.Uint64()
	}
	rounds := b.N
	rows, err := Measure(opts, rounds, base, others...)
	if err != nil {
		b.Fatalf("paired: %v", err)
	}

	b.ReportMetric(0, "ns/op")
	for _, row := range rows[1:] {
		if row.Kept > 0 {
			b.ReportMetric(row.Ratio.Median, metricUnit(row.Name))
		}
	}
	if rounds > 1 {
		printTable(b, table(rows, rounds, opts.Seed, gateNote(opts.Gate, ungatable(opts))))
	}
	if enforced(os.Getenv(barsVariable), rounds) {
		for _, row := range rows {
			if err := row.missed(rounds); err != nil {
				b.Errorf("paired: %v", err)
			}
		}
	}
	return rows
}

// Measure is Compare for a program, which chooses the number of rounds and
// does what it likes with the rows: base, control and others, in this order.
// It holds nobody to a bar. An error tells what is wrong with the variants.
func Measure(opts Options, rounds int, base Variant, others ...Variant) ([]Row, error) {
	control := base
	control.Name, control.Bar = controlName, 0
	base.Bar = 0
	variants := slices.Concat([]Variant{base, control}, others)
	if err := validate(variants); err != nil {
		return nil, err
	}
	for opts.Seed == 0 {
		opts.Seed = rand.Uint64()
	}
	var g *gate
	if opts.Gate && !ungatable(opts) && rounds > 1 {
		g = openGate()
	}
	rows := measure(variants, rounds, opts.Seed, func(v Variant) (time.Duration, int) {
		accept := g
		if v.Ungated {
			accept = nil
		}
		return accept.sample(runtime.GC, clock(v.Run))
	})
	for i := range rows {
		rows[i].ungatable = ungatable(opts)
	}
	return rows, nil
}

// ungatable reports whether two cores are wanted where there cannot be two.
func ungatable(opts Options) bool { return opts.Gate && runtime.GOMAXPROCS(0) < 2 }

// openGate is newGate. Tests replace it.
var openGate = newGate

// validate reports what makes a list of variants impossible to compare.
func validate(variants []Variant) error {
	seen := make(map[string]bool)
	for i, v := range variants {
		switch {
		case v.Name == "":
			return fmt.Errorf("variant %d has no name", i)
		case v.Run == nil:
			return fmt.Errorf("variant %q has nothing to run", v.Name)
		case seen[v.Name]:
			return fmt.Errorf("two variants are named %q", v.Name)
		case !(v.Bar >= 0):
			return fmt.Errorf("variant %q has the bar %v", v.Name, v.Bar)
		}
		seen[v.Name] = true
	}
	if len(variants) == 0 {
		return errors.New("no variants")
	}
	return nil
}
