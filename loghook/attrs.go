package loghook

import (
	"log/slog"
	"math"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/plaintext"
)

const (
	maxName  = 128 // bytes of a name, an id or an attribute
	maxError = 300 // bytes of an error's text
	maxAttrs = 16  // attributes of core.WithRun

	maxCounters = 64 // as many as core has
)

func textAttr(key, value string) slog.Attr { return slog.String(key, plaintext.Clean(value, maxName)) }

// errorAttrs returns the type of an error, the word that metrics use too, and
// its text.
func errorAttrs(err error) []slog.Attr {
	return []slog.Attr{slog.String("type", label.ErrorType(err)), slog.String("error", plaintext.Error(err, maxError))}
}

// itemsAttr returns the total number of items, nothing if it is unknown.
func itemsAttr(items int) []slog.Attr {
	if items < 0 {
		return nil
	}
	return []slog.Attr{slog.Int("items", items)}
}

// nonZeroAttr returns a number, nothing if it is 0.
func nonZeroAttr(key string, n int) []slog.Attr {
	if n == 0 {
		return nil
	}
	return []slog.Attr{slog.Int(key, n)}
}

// counterAttr returns the user's counters as a group.
func counterAttr(values []core.CounterValue) slog.Attr {
	var group []any
	for _, v := range values[:min(len(values), maxCounters)] {
		group = append(group, slog.Int64(plaintext.Clean(v.Name, maxName), v.Value))
	}
	return slog.Group("counters", group...)
}

// threeDigits rounds f to three significant digits. It returns 0 for NaN and
// infinity, which JSON cannot write.
func threeDigits(f float64) float64 {
	if f == 0 || f-f != 0 {
		return 0
	}
	scale := math.Pow(10, math.Floor(math.Log10(math.Abs(f)))-2)
	if scale == 0 {
		return 0
	}
	return math.Round(f/scale) * scale
}
