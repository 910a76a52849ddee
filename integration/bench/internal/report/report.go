// Package report formats the results of the program as text, Markdown, JSON and
// plots. It does not depend on what was measured.
package report

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Report is a title, facts about the circumstances, and sections.
type Report struct {
	Title    string    `json:"title"`
	Lead     []string  `json:"lead"` // paragraphs before everything
	Facts    []Fact    `json:"facts"`
	Sections []Section `json:"sections"`
}

// Fact is one circumstance: the machine, the date.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Section is a part of the report, in the order of its fields.
type Section struct {
	Title  string   `json:"title"`
	Text   []string `json:"text,omitempty"` // paragraphs
	Plots  []Plot   `json:"plots,omitempty"`
	Tables []Table  `json:"tables,omitempty"`
}

// Table has a row for each thing measured. A cell is a string, an int, a
// time.Duration or one of this package's types, and nil is an empty one; in JSON they
// are numbers, durations in nanoseconds.
type Table struct {
	Title   string   `json:"title,omitempty"`
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

// Ratio is a time divided by another one, or another number of which three
// digits matter. The value NaN means "not measured", as in the other types.
type Ratio float64

func (r Ratio) String() string {
	switch a := math.Abs(float64(r)); {
	case math.IsNaN(float64(r)) || math.IsInf(float64(r), 0):
		return "-"
	case a == 0:
		return "0"
	case a < 0.1:
		return fmt.Sprintf("%.4f", float64(r))
	case a < 10:
		return fmt.Sprintf("%.3f", float64(r))
	}
	return fmt.Sprintf("%.1f", float64(r))
}

// Range is the lower and the upper end of something.
type Range [2]Ratio

func (r Range) String() string { return r[0].String() + "–" + r[1].String() }

// Bytes is an amount of memory.
type Bytes float64

func (b Bytes) String() string {
	switch a := math.Abs(float64(b)); {
	case a >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(b)/(1<<20))
	case a >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(b)/(1<<10))
	}
	return fmt.Sprintf("%.0f B", float64(b))
}

// Percent is a share in percent.
type Percent float64

func (p Percent) String() string {
	if math.IsNaN(float64(p)) || math.IsInf(float64(p), 0) {
		return "-"
	}
	if math.Abs(float64(p)) >= 100 {
		return fmt.Sprintf("%.0f %%", float64(p))
	}
	return fmt.Sprintf("%.2f %%", float64(p))
}

// Nanoseconds is a time too short for time.Duration.
type Nanoseconds float64

func (n Nanoseconds) String() string {
	switch {
	case math.IsNaN(float64(n)):
		return "-"
	case math.Abs(float64(n)) >= 1000:
		return Short(time.Duration(n))
	case math.Abs(float64(n)) >= 10:
		return fmt.Sprintf("%.0f ns", float64(n))
	}
	return fmt.Sprintf("%.1f ns", float64(n))
}

// Short formats a duration with three significant digits.
func Short(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	size := d.Abs()
	for unit := time.Duration(1); unit <= size; unit *= 10 {
		if size < 1000*unit {
			return d.Round(unit).String()
		}
	}
	return d.String()
}

// MarshalJSON writes null for NaN, because JSON has no other word for it.
func (r Ratio) MarshalJSON() ([]byte, error) { return finite(float64(r)) }

// MarshalJSON writes null for NaN.
func (b Bytes) MarshalJSON() ([]byte, error) { return finite(float64(b)) }

// MarshalJSON writes null for NaN.
func (p Percent) MarshalJSON() ([]byte, error) { return finite(float64(p)) }

// MarshalJSON writes null for NaN.
func (n Nanoseconds) MarshalJSON() ([]byte, error) { return finite(float64(n)) }

func finite(v float64) ([]byte, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(v)
}

// text formats a cell for readers.
func text(cell any) string {
	switch c := cell.(type) {
	case nil:
		return ""
	case time.Duration:
		return Short(c)
	case int:
		return thousands(c)
	}
	return fmt.Sprint(cell)
}

// thousands formats an integer as 1,000,000.
func thousands(n int) string {
	if n < 0 {
		return "-" + thousands(-n)
	}
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
