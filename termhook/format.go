package termhook

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// decimal formats n with commas: 1,234,567.
func decimal(n int) string { return decimal64(int64(n)) }

func decimal64(n int64) string {
	s := strconv.FormatInt(n, 10)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// rate formats items per second with three digits: 870/s, 10.4k/s, 3.21M/s.
func rate(perSecond float64) string {
	if !(perSecond > 0) { // NaN too
		return "0/s"
	}
	unit := 0
	for perSecond >= 999.5 && unit < len(rateUnits)-1 {
		perSecond /= 1000
		unit++
	}
	if unit == len(rateUnits)-1 && perSecond >= 999.5 {
		return "999" + rateUnits[unit] + "/s" // faster than any machine
	}
	digits := 2
	switch {
	case perSecond >= 99.95 || unit == 0 && perSecond >= 9.995:
		digits = 0
	case perSecond >= 9.995 || unit == 0:
		digits = 1
	}
	return strconv.FormatFloat(perSecond, 'f', digits, 64) + rateUnits[unit] + "/s"
}

var rateUnits = [...]string{"", "k", "M", "G", "T"}

// duration formats d with two or three digits: 350µs, 12ms, 4.1s, 41s, 1m37s,
// 2h05m, 3d04h.
func duration(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	switch {
	case d < time.Millisecond-time.Microsecond/2:
		return fmt.Sprintf("%dµs", d.Round(time.Microsecond).Microseconds())
	case d < time.Second-time.Millisecond/2:
		return fmt.Sprintf("%dms", d.Round(time.Millisecond).Milliseconds())
	case d < 10*time.Second-50*time.Millisecond:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	}
	return wholeSeconds(d)
}

// wholeSeconds formats d without fractions of a second.
func wholeSeconds(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return twoUnits(s/60, "m", s%60, "s")
	case s < 86400:
		return twoUnits(s/3600, "h", s%3600/60, "m")
	}
	return twoUnits(s/86400, "d", s%86400/3600, "h")
}

// twoUnits formats a value in two units, and leaves out a smaller one of 0.
func twoUnits(big int64, bigUnit string, small int64, smallUnit string) string {
	if small == 0 {
		return fmt.Sprintf("%d%s", big, bigUnit)
	}
	return fmt.Sprintf("%d%s%02d%s", big, bigUnit, small, smallUnit)
}

// formatEstimate returns the bounds of an estimate, rounded to two digits. With
// single set they are so close that one value is enough.
func formatEstimate(e core.Estimate) (low, high string, single bool) {
	if float64(e.High) < 1.15*float64(max(e.Low, time.Second)) {
		expected := wholeSeconds(twoDigits(e.Expected))
		return expected, expected, true
	}
	low, high = wholeSeconds(twoDigits(e.Low)), wholeSeconds(twoDigits(e.High))
	return low, high, low == high
}

// twoDigits rounds d to two digits of seconds, at least one second. An estimate
// is no more exact than that.
func twoDigits(d time.Duration) time.Duration {
	s := math.Round(d.Seconds())
	if s < 1 {
		return time.Second
	}
	if scale := math.Pow(10, math.Floor(math.Log10(s))-1); scale > 1 {
		s = math.Round(s/scale) * scale
	}
	return time.Duration(s) * time.Second
}

// percent formats whole percents, rounded down: 100 means that all is done.
func percent(p float64) string { return strconv.Itoa(int(p)) + "%" }
