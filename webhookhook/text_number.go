package webhookhook

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// formatCount separates thousands: 1,000,000.
func formatCount(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

func pluralize(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return formatCount(n) + " " + noun + "s"
}

// formatRate returns a rate with two or three significant digits.
func formatRate(rate float64) string {
	for _, step := range []struct {
		from float64
		unit string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if rate >= step.from && !math.IsInf(rate, 0) {
			return formatSignificant(rate/step.from) + step.unit + "/s"
		}
	}
	return formatSignificant(rate) + "/s"
}

func formatSignificant(x float64) string {
	switch {
	case x >= 100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10:
		return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
	}
	return strconv.FormatFloat(x, 'g', 2, 64)
}

// formatDuration returns a duration as people write it: 840ms, 9.5s, 12m04s, 3h05m.
func formatDuration(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < time.Microsecond:
		return d.String()
	case d < time.Millisecond:
		return formatSignificant(float64(d)/float64(time.Microsecond)) + "µs"
	case d < time.Second:
		return formatSignificant(float64(d)/float64(time.Millisecond)) + "ms"
	case d < time.Minute:
		return formatSignificant(d.Seconds()) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}
