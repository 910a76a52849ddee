package paired

import (
	"strings"
	"testing"
)

func TestEnforced(t *testing.T) {
	for _, c := range []struct {
		value  string
		rounds int
		want   bool
	}{
		{"1", 10, true},
		{"1", 30, true},
		{"1", 9, false},
		{"1", 1, false},
		{"", 30, false},
		{"0", 30, false},
		{"true", 30, false},
	} {
		if got := enforced(c.value, c.rounds); got != c.want {
			t.Errorf("enforced(%q, %d) = %v", c.value, c.rounds, got)
		}
	}
}

func TestVerdictAndMissed(t *testing.T) {
	ratio := Summary{Q1: 1.07, Median: 1.1, Q3: 1.24}
	for _, c := range []struct {
		name    string
		row     Row
		verdict string
		missed  []string // texts in the error; none: no error
	}{
		{"no bar", Row{Ratio: ratio, Kept: 9}, "", nil},
		{"no bar, nothing kept", Row{}, "", nil},
		{"below", Row{Ratio: ratio, Kept: 9, Bar: 1.2}, "ok", nil},
		{"on the bar", Row{Ratio: ratio, Kept: 9, Bar: 1.1}, "ok", nil},
		{
			"above",
			Row{Name: "map", Ratio: ratio, Kept: 9, Bar: 1.05},
			"over bar",
			[]string{"map", "1.100", "1.050", "1.070..1.240", "9 of 12"},
		},
		{"just enough samples", Row{Ratio: ratio, Kept: minKept, Bar: 1.05}, "over bar", []string{"over"}},
		{
			"too few samples",
			Row{Name: "map", Ratio: ratio, Kept: minKept - 1, Bar: 1.2},
			"undecided",
			[]string{"map", "undecided", "4 of 12", "5 needed"},
		},
		{
			"gate impossible",
			Row{Name: "map", Ratio: ratio, Kept: 9, Bar: 1.2, gateImpossible: true},
			"undecided",
			[]string{"map", "undecided", "two processors"},
		},
	} {
		if got := c.row.verdict(); got != c.verdict {
			t.Errorf("%s: verdict %q, want %q", c.name, got, c.verdict)
		}
		err := c.row.missed(12)
		if (err != nil) != (c.missed != nil) {
			t.Errorf("%s: missed: %v", c.name, err)
		}
		for _, part := range c.missed {
			if err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not contain %q", c.name, err, part)
			}
		}
	}
}

func TestTable(t *testing.T) {
	one := Summary{1, 1, 1}
	rows := []Row{
		{Name: "loop", Ratio: one, MinRatio: 1, Time: 2_651_234, Kept: 28, Rejected: 7, Dropped: 2},
		{Name: controlName, Ratio: Summary{0.981, 1.012, 1.04}, MinRatio: 1.003, Time: 2_690_000, Kept: 28},
		{Name: "map", Ratio: Summary{1.1, 1.2, 1.3}, MinRatio: 1.15, Time: 3_100_000, Kept: 27, Dropped: 3, Bar: 1.1},
		{Name: "lost", Rejected: 180, Dropped: 30, Bar: 2},
	}
	want := strings.TrimPrefix(`
30 rounds, seed 7, gated by two cores
      variant  ratio           IQR  min/min    time  kept  rejected  dropped    bar
  loop (base)      1                      1  2.65ms    28         7        2
          A/A  1.012  0.981..1.040    1.003  2.69ms    28         0        0
          map  1.200  1.100..1.300    1.150   3.1ms    27         0        3  1.100   over bar
         lost      -             -        -       -     0       180       30  2.000  undecided
`, "\n")
	got := table(rows, 30, 7, gateNote(true, false))
	if got != want {
		t.Errorf("table:\n%s\nwant:\n%s", got, want)
	}
}

func TestMetricUnit(t *testing.T) {
	for name, want := range map[string]string{
		"map":       "map/base",
		"two words": "two_words/base",
		"a\tb\nc":   "a_b_c/base",
		controlName: "A/A",
	} {
		if got := metricUnit(name); got != want {
			t.Errorf("metricUnit(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestGateNote(t *testing.T) {
	notes := map[string]bool{gateNote(false, false): true, gateNote(true, false): true, gateNote(true, true): true}
	if len(notes) != 3 {
		t.Errorf("notes do not tell three cases apart: %v", notes)
	}
}
