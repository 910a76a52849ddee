package paired

import (
	"flag"
	"io"
	"runtime"
	"strings"
	"testing"
)

func noop() {}

func TestValidate(t *testing.T) {
	nan := 0.0
	nan /= nan
	for want, variants := range map[string][]Variant{
		"":                {{Name: "a", Run: noop}, {Name: "b", Run: noop, Bar: 1}},
		"no variants":     {},
		"has no name":     {{Run: noop}},
		"nothing to run":  {{Name: "a"}},
		"two variants":    {{Name: "a", Run: noop}, {Name: "a", Run: noop}},
		"has the bar -1":  {{Name: "a", Run: noop, Bar: -1}},
		"has the bar NaN": {{Name: "a", Run: noop, Bar: nan}},
	} {
		switch err := validate(variants); {
		case want == "" && err != nil:
			t.Errorf("unexpected error: %v", err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// compareRounds runs Compare in a benchmark with a number of rounds and returns
// the metrics, the table and whether the benchmark failed.
func compareRounds(t *testing.T, rounds int, opts Options, base Variant, others ...Variant) (metrics map[string]float64, text string, failed bool) {
	t.Helper()
	benchtime := flag.Lookup("test.benchtime").Value
	defer func(was string) {
		if err := benchtime.Set(was); err != nil {
			t.Error(err)
		}
	}(benchtime.String())
	if err := benchtime.Set("1x"); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	defer func(w io.Writer) { stdout = w }(stdout)
	stdout = &out
	result := testing.Benchmark(func(b *testing.B) {
		b.N = rounds //nolint:staticcheck // SA3001: the rounds of the test, not of the clock
		defer func() { failed = b.Failed() }()
		Compare(b, opts, base, others...)
	})
	return result.Extra, out.String(), failed
}

func TestCompareSmoke(t *testing.T) {
	t.Setenv(barsVariable, "1") // it does not apply to a single round
	runs := 0
	metrics, text, failed := compareRounds(t, 1, Options{Gate: true},
		Variant{Name: "base", Run: func() { runs++ }},
		Variant{Name: "an other", Run: func() { runs++ }, Bar: 1e-12})
	if failed {
		t.Error("a single round failed")
	}
	if runs != 3 { // base, control, other
		t.Errorf("%d executions, want 3", runs)
	}
	for _, unit := range []string{"A/A", "an_other/base"} {
		if !(metrics[unit] > 0) { // also catches NaN
			t.Errorf("metric %s = %v", unit, metrics[unit])
		}
	}
	if ns, ok := metrics["ns/op"]; !ok || ns != 0 {
		t.Errorf("ns/op is not hidden: %v", metrics)
	}
	if text != "" {
		t.Errorf("a single round printed %q", text)
	}
}

func TestCompareEnforcesBars(t *testing.T) {
	// No ratio is below the impossible bar or above the certain one.
	const impossible, certain = 1e-12, 1e12
	for _, c := range []struct {
		env    string
		rounds int
		bar    float64
		want   bool
	}{
		{"1", minRounds, impossible, true},
		{"1", minRounds, certain, false},
		{"1", minRounds, 0, false},
		{"1", minRounds - 1, impossible, false},
		{"", minRounds, impossible, false},
		{"0", minRounds, impossible, false},
	} {
		t.Setenv(barsVariable, c.env)
		_, text, failed := compareRounds(t, c.rounds, Options{Seed: 99},
			Variant{Name: "base", Run: noop, Bar: impossible}, // ignored
			Variant{Name: "other", Run: noop, Bar: c.bar})
		if failed != c.want {
			t.Errorf("%+v: failed = %v\n%s", c, failed, text)
		}
		if !strings.Contains(text, "seed 99") || !strings.Contains(text, "other") {
			t.Errorf("%+v: table without seed or variant:\n%s", c, text)
		}
		if marked := strings.Contains(text, "over bar"); marked != (c.bar == impossible) {
			t.Errorf("%+v: marked over bar = %v\n%s", c, marked, text)
		}
	}
}

// TestCompareGates uses a gate that never opens. Gated variants lose all
// samples, ungated ones none, and an enforced bar fails.
func TestCompareGates(t *testing.T) {
	defer func(f func() *gate) { openGate = f }(openGate)
	openGate = func() *gate {
		return &gate{probe: func() bool { return false }, warm: func(int) {}}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, c := range []struct {
		procs       int
		gate        bool
		gated, free int // executions in minRounds rounds
		failed      bool
		note        string
	}{
		{2, true, 0, minRounds, true, "gated by two cores"},
		{2, false, minRounds, minRounds, false, "not gated"},
		{1, true, minRounds, minRounds, true, "gate impossible"},
		{1, false, minRounds, minRounds, false, "not gated"},
	} {
		runtime.GOMAXPROCS(c.procs)
		gated, free := 0, 0
		base := Variant{Name: "base", Run: noop}
		others := []Variant{
			{Name: "gated", Run: func() { gated++ }, Bar: 1e12},
			{Name: "free", Run: func() { free++ }, Ungated: true},
		}
		t.Setenv(barsVariable, "")
		metrics, text, failed := compareRounds(t, minRounds, Options{Gate: c.gate}, base, others...)
		if gated != c.gated || free != c.free || failed || !strings.Contains(text, c.note) {
			t.Errorf("%+v: %d gated and %d free executions, failed = %v\n%s", c, gated, free, failed, text)
		}
		if _, reported := metrics["gated/base"]; reported != (c.gated > 0) {
			t.Errorf("%+v: metrics %v", c, metrics)
		}
		if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
			t.Errorf("%+v: no numbers in\n%s", c, text)
		}
		t.Setenv(barsVariable, "1")
		if _, text, failed := compareRounds(t, minRounds, Options{Gate: c.gate}, base, others...); failed != c.failed {
			t.Errorf("%+v: failed = %v with bars enforced\n%s", c, failed, text)
		}
	}
}

func TestCompareRefusesInvalidVariants(t *testing.T) {
	_, _, failed := compareRounds(t, 1, Options{},
		Variant{Name: "base", Run: noop}, Variant{Name: controlName, Run: noop})
	if !failed {
		t.Error("a variant with the name of the control was accepted")
	}
}
