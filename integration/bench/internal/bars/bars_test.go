package bars

import (
	"math"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	ratio := Bar{Limit: 1.02, Unit: Ratio}
	for name, c := range map[string]struct {
		bar  Bar
		r    Reading
		want Verdict
	}{
		"below":               {ratio, Reading{Value: 1, Samples: 9}, Pass},
		"on it":               {ratio, Reading{Value: 1.02, Samples: 9}, Pass},
		"above by less":       {ratio, Reading{Value: 1.025, Samples: 9, Resolution: 0.01}, Within},
		"above by more":       {ratio, Reading{Value: 1.04, Samples: 9, Resolution: 0.01}, Missed},
		"below in the fog":    {ratio, Reading{Value: 1, Samples: 9, Resolution: 0.5}, Undecided},
		"above in the fog":    {ratio, Reading{Value: 1.5, Samples: 9, Resolution: 0.5}, Undecided},
		"far below":           {ratio, Reading{Value: 0.6, Samples: 9, Resolution: 0.5}, Pass},
		"far above":           {ratio, Reading{Value: 1.6, Samples: 9, Resolution: 0.5}, Missed},
		"no resolution":       {ratio, Reading{Value: 0.6, Samples: 9, Resolution: math.Inf(1)}, Undecided},
		"few samples":         {ratio, Reading{Value: 1, Samples: minSamples - 1}, Undecided},
		"nothing kept":        {ratio, Reading{}, Undecided},
		"counted, on it":      {Bar{Limit: 3, Unit: Number}, Reading{Value: 3}, Pass},
		"counted, above":      {Bar{Limit: 3, Unit: Number}, Reading{Value: 4, Resolution: 9}, Missed},
		"grown":               {Bar{Limit: 1.1, Unit: Growth}, Reading{Value: 1.2, Resolution: 9}, Missed},
		"bytes, nothing kept": {Bar{Limit: 8, Unit: Bytes}, Reading{Value: 7}, Pass},
	} {
		if got := c.bar.Judge(c.r); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSection(t *testing.T) {
	s, failed := Section([]Reading{
		{Bar: "map/spin", Value: 1.5, Samples: 20},
		{Bar: "map/tiny", Value: 1.01, Samples: 20},
		{Bar: "memory/hooks", Value: 1 << 30},
	})
	if len(s.Tables[0].Rows) != len(All()) {
		t.Errorf("%d rows for %d bars", len(s.Tables[0].Rows), len(All()))
	}
	if len(failed) != 2 || !strings.HasPrefix(failed[0], "map/spin: 1.500, at most 1.030") || !strings.Contains(failed[1], "1024.0 MiB") {
		t.Errorf("failed: %q", failed)
	}
	if !strings.Contains(s.Text[0], "1 are passed") || !strings.Contains(s.Text[0], "2 are missed") {
		t.Errorf("text %q", s.Text)
	}
	defer func() {
		if recover() == nil {
			t.Error("a reading without a bar was taken")
		}
	}()
	Section([]Reading{{Bar: "no such bar"}})
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range All() {
		if seen[b.Name] || b.What == "" || b.Limit < 0 {
			t.Errorf("bar %+v", b)
		}
		seen[b.Name] = true
	}
}
