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

// curve returns the throughput at each percent of the items: of all if their
// number is known, else of those that are done.
func (v *reading) curve() []float64 {
	s := v.seriesView()
	total := float64(v.done)
	if v.items > 0 {
		total = float64(max(v.items, v.done))
	}
	curve := []float64{}
	if total == 0 {
		return curve
	}
	at := 0.0
	for i, done := range s.Done {
		at += done
		width := s.BinSeconds
		if i == len(s.Done)-1 {
			width = max(width/10, min(width, v.elapsed.Seconds()-float64(i)*width))
		}
		for len(curve) < curvePoints && float64(len(curve)+1) <= at/total*curvePoints+0.01 {
			curve = append(curve, rounded(done/width, 1))
		}
	}
	return curve
}
