package uihook

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// formatSeconds formats a time with three digits: 8.96 ms, 44.3 s, 1m39s, 3h05m.
func formatSeconds(s float64) string {
	switch {
	case s < 0 || math.IsNaN(s):
		return "–"
	case s == 0:
		return "0 s"
	case s < 1e-3:
		return threeDigits(s*1e6) + " µs"
	case s < 1:
		return threeDigits(s*1e3) + " ms"
	case s < 60:
		return threeDigits(s) + " s"
	}
	d := time.Duration(min(s, 1e9)) * time.Second
	switch {
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case s < 48*3600:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
}

// threeDigits formats a number from 1 to 999.
func threeDigits(x float64) string {
	switch {
	case x >= 99.95:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 9.995:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// formatCount formats a whole number in groups of three digits.
func formatCount(n int) string {
	if n < 0 {
		return "–"
	}
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// formatShort formats a number in at most five characters: 4,935, 11.5k, 1.00M.
func formatShort(x float64) string {
	switch {
	case x < 0 || math.IsNaN(x):
		return "–"
	case x == 0:
		return "0"
	case x < 9.95:
		return strconv.FormatFloat(x, 'f', 1, 64)
	case x < 9999.5:
		return formatCount(int(math.Round(x)))
	}
	for _, unit := range []string{"k", "M", "G"} {
		if x /= 1000; x < 999.5 {
			return threeDigits(x) + unit
		}
	}
	return strconv.FormatFloat(x*1e9, 'g', 3, 64)
}

func formatRate(perSecond float64) string { return formatShort(perSecond) + "/s" }

// formatPercent formats a percentage: 0 %, 0.35 %, 52 %. Only 100 is 100 %.
func formatPercent(p float64) string {
	switch {
	case p <= 0 || math.IsNaN(p):
		return "0 %"
	case p < 0.01:
		return "< 0.01 %"
	case p < 1:
		return strconv.FormatFloat(p, 'f', 2, 64) + " %"
	case p < 10:
		return strconv.FormatFloat(p, 'f', 1, 64) + " %"
	case p < 100:
		return strconv.Itoa(int(p)) + " %"
	}
	return "100 %"
}

// formatItems formats the range of a chunk's items.
func formatItems(offset, items int) string {
	if items == 1 {
		return fmt.Sprintf("item %d", offset)
	}
	return fmt.Sprintf("items %d–%d", offset, offset+items-1)
}

func formatWorker(l laneView) string {
	if l.Shared {
		return fmt.Sprintf("w%d+", l.Worker)
	}
	return fmt.Sprintf("w%d", l.Worker)
}
