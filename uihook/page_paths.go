package uihook

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// bars returns the path of bars without gaps, one wide.
func bars(values []float64, top float64, height func(float64) float64) string {
	var b strings.Builder
	for i, v := range values {
		h := height(100 * v / top)
		if h <= 0 {
			continue
		}
		fmt.Fprintf(&b, "M%d 100V%sh1V100", i, decimal(100-h))
	}
	return b.String()
}

// separateBars returns the path of bars with gaps.
func separateBars(values []float64, top float64) string {
	var b strings.Builder
	for i, v := range values {
		if v > 0 {
			fmt.Fprintf(&b, "M%d.06 100V%sh.88V100", i, decimal(100-max(2, 100*v/top)))
		}
	}
	return b.String()
}

func curvePath(values []float64, top float64) string {
	var b strings.Builder
	for i, v := range values {
		command := 'L'
		if i == 0 {
			command = 'M'
		}
		fmt.Fprintf(&b, "%c%d %s", command, i+1, decimal(100-100*v/top))
	}
	return b.String()
}

func linear(percent float64) float64 { return percent }

// atLeast keeps what is not nothing visible.
func atLeast(least float64) func(float64) float64 {
	return func(percent float64) float64 {
		if percent <= 0 {
			return 0
		}
		return max(least, percent)
	}
}

func decimal(x float64) string { return strconv.FormatFloat(rounded(x, 1), 'f', -1, 64) }

// niceCeiling returns the next of 1, 2, 4, 6, 8 or 10 times a power of ten.
func niceCeiling(x float64) float64 {
	if x <= 0 {
		return 1
	}
	unit := math.Pow10(int(math.Floor(math.Log10(x))))
	for _, step := range []float64{1, 1.2, 1.6, 2, 3, 4, 5, 6, 8} {
		if step*unit >= x {
			return step * unit
		}
	}
	return 10 * unit
}

// tick is a label below a chart. At is a percentage of the width.
type tick struct{ At, Anchor, Text string }

func newTick(part float64, text string) tick {
	t := tick{At: decimal(100 * part), Text: text}
	switch {
	case part < 0.03:
		t.Anchor = "first"
	case part > 0.97:
		t.Anchor = "last"
	}
	return t
}

var tickSteps = []float64{0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 4 * 3600, 6 * 3600, 12 * 3600, 24 * 3600}

// timeTicks returns up to six round instants from 0 to a time.
func timeTicks(end float64) []tick {
	step := tickSteps[0]
	for _, s := range tickSteps {
		if step = s; step*6 >= end {
			break
		}
	}
	for step*6 < end {
		step *= 2
	}
	if end <= 0 {
		return []tick{newTick(0, "0")}
	}
	ticks := []tick{newTick(0, "0")}
	for at := step; at <= end*1.0001; at += step {
		ticks = append(ticks, newTick(min(1, at/end), formatTick(at)))
	}
	return ticks
}

// formatTick formats a round time: 5 s, 1 min, 2 h.
func formatTick(s float64) string {
	switch {
	case s < 1:
		return strconv.FormatFloat(s*1000, 'g', 4, 64) + " ms"
	case s < 60:
		return strconv.FormatFloat(s, 'g', 4, 64) + " s"
	case s < 3600:
		return strconv.FormatFloat(s/60, 'g', 4, 64) + " min"
	}
	return strconv.FormatFloat(s/3600, 'g', 4, 64) + " h"
}
