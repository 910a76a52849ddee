package uihook

import "time"

const curvePoints = 100

// compare reads two runs.
func compare(a, b *record, now time.Time) *comparison {
	return &comparison{a.compared(now), b.compared(now)}
}

func (r *record) compared(now time.Time) comparedRun {
	v := r.read(now)
	return comparedRun{v.summary(), v.curve()}
}

// curve returns the throughput within each percent of the items: of all if their
// number is known, else of those that are done. Inside a bin the items are evenly
// spread.
func (v *reading) curve() []float64 {
	s := v.seriesView()
	total := float64(v.done)
	if v.items > 0 {
		total = float64(max(v.items, v.done))
	}
	curve := []float64{}
	step := total / curvePoints
	items, at, began := 0.0, 0.0, 0.0 // before a bin; and when its percent began
	for i, done := range s.Done {
		width := s.BinSeconds
		if i == len(s.Done)-1 {
			width = max(width/10, min(width, v.elapsed.Seconds()-at))
		}
		for done > 0 && len(curve) < curvePoints && step*float64(len(curve)+1) <= items+done+step/100 {
			ended := at + width*(step*float64(len(curve)+1)-items)/done
			curve = append(curve, rounded(step/(ended-began), 1))
			began = ended
		}
		items, at = items+done, at+width
	}
	return curve
}
