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
	// not empty, and unique within a comparison.
	Name string

	// Run does the whole work once. All of it is measured.
	Run func()

	// Bar is the highest acceptable median of the ratio to the base; 0 sets
	// none. The bar of a base is ignored.
	Bar float64

	// Ungated exempts this variant from Options.Gate. Set it for a variant that
	// uses one core only, such as a sequential loop next to parallel ones.
	Ungated bool
}

// Options are the settings of a comparison. The zero value has no gate, and a
// different order in each run.
type Options struct {
	// Gate keeps only samples taken while two cores were available. Set it for
	// work that keeps at least two workers computing; leave it off for work
	// that sleeps or has one worker. With one processor the gate is impossible:
	// every sample is kept and every bar is undecided.
	Gate bool

	// Seed repeats the shuffling of an earlier run, which printed it; 0 selects
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

	// Ratio is the time divided by that of the base in the same round. Ratio
	// and MinRatio are zero if Kept is 0.
	Ratio    Summary
	MinRatio float64       // fastest sample divided by the fastest of the base
	Time     time.Duration // median of one execution; 0 if all were dropped

	Kept     int // rounds in which this variant and the base both kept a sample
	Rejected int // executions that the gate rejected, repetitions included
	Dropped  int // rounds without a sample of this variant

	// Samples are the times by round, 0 in a round without one.
	Samples []time.Duration

	gateImpossible bool // the gate was asked for, but the machine has one processor
}

// Compare measures base and others in b.N rounds, as described for the package.
// It prints a table to the standard output. It reports the median ratio of each
// variant as the metric "<name>/base", and that of the control as "A/A". It
// hides the time per operation, which has no meaning here. If bars are
// enforced, a missed bar fails the benchmark.
//
// The rows returned are base, control and others, in this order. Callers derive
// numbers from several comparisons from them, such as the worst of all ratios.
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
		printTable(b, table(rows, rounds, opts.Seed, gateNote(opts.Gate, gateImpossible(opts))))
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

// Measure is Compare for a program, which chooses the number of rounds and uses
// the rows itself: base, control and others, in this order. It enforces no bar.
// An error says what is wrong with the variants.
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
	if opts.Gate && !gateImpossible(opts) && rounds > 1 {
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
		rows[i].gateImpossible = gateImpossible(opts)
	}
	return rows, nil
}

// gateImpossible reports whether the options want two cores on a machine with
// one processor.
func gateImpossible(opts Options) bool { return opts.Gate && runtime.GOMAXPROCS(0) < 2 }

// openGate is newGate; tests replace it.
var openGate = newGate

// validate returns an error if the variants cannot be compared.
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
