package report

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// Plot is a set of curves. Both axes are logarithmic, unless Linear makes the
// vertical one linear.
type Plot struct {
	Title  string  `json:"title"`
	X      string  `json:"x"` // titles of the axes, with units
	Y      string  `json:"y"`
	Linear bool    `json:"linear,omitempty"`
	Curves []Curve `json:"curves"`
}

// Curve is a named line through points. A logarithmic axis leaves out points at
// zero and below.
type Curve struct {
	Name   string       `json:"name"`
	Points [][2]float64 `json:"points"`
}

// Add adds a point, unless it was not measured.
func (c *Curve) Add(x, y float64) {
	if !math.IsNaN(y) && !math.IsInf(y, 0) {
		c.Points = append(c.Points, [2]float64{x, y})
	}
}

// File is the name of the plot's file: its title in small letters and dashes.
func (p Plot) File() string {
	slug := strings.FieldsFunc(strings.ToLower(p.Title), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(slug, "-") + ".svg"
}

// The dimensions of the drawing in pixels: the whole, and the margins for the
// axes.
const (
	width, height            = 760, 420
	left, right, top, bottom = 70, 560, 40, 370
)

// colours can be distinguished by people who confuse red and green. The plot is
// about the first curve, which is thicker.
var colours = []string{"#d55e00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7f7f7f", "#000000", "#8c564b", "#17becf", "#bcbd22", "#9467bd"}

// SVG draws the plot.
func (p Plot) SVG() string {
	x, y := p.axes()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	label(&b, left, 20, "start", p.Title, ` font-size="15" font-weight="bold"`)
	label(&b, (left+right)/2, height-10, "middle", p.X, "")
	label(&b, 16, (top+bottom)/2, "middle", p.Y, fmt.Sprintf(` transform="rotate(-90 16 %d)"`, (top+bottom)/2))
	for _, t := range x.ticks() {
		line(&b, x.at(t), top, x.at(t), bottom)
		label(&b, x.at(t), bottom+18, "middle", number(t), "")
	}
	for _, t := range y.ticks() {
		line(&b, left, y.at(t), right, y.at(t))
		label(&b, left-6, y.at(t)+4, "end", number(t), "")
	}
	for i, c := range p.Curves {
		colour, stroke := colours[i%len(colours)], 1.5
		if i == 0 {
			stroke = 3
		}
		var points []string
		for _, at := range c.Points {
			if x.shows(at[0]) && y.shows(at[1]) {
				points = append(points, fmt.Sprintf("%.1f,%.1f", x.at(at[0]), y.at(at[1])))
				fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"/>`+"\n", x.at(at[0]), y.at(at[1]), colour)
			}
		}
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="%g" points="%s"/>`+"\n", colour, stroke, strings.Join(points, " "))
		row := float64(top + 8 + 20*i)
		fmt.Fprintf(&b, `<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="%s" stroke-width="%g"/>`+"\n", right+15, row, right+40, row, colour, stroke)
		label(&b, right+46, row+4, "start", c.Name, "")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// axes returns axes with room for all points that can be drawn.
func (p Plot) axes() (x, y axis) {
	var xs, ys []float64
	for _, c := range p.Curves {
		for _, at := range c.Points {
			if at[0] > 0 && (at[1] > 0 || p.Linear) {
				xs, ys = append(xs, at[0]), append(ys, at[1])
			}
		}
	}
	if p.Linear {
		ys = append(ys, 0)
	}
	return newAxis(xs, left, right, true), newAxis(ys, bottom, top, !p.Linear)
}

// axis maps values to pixels.
type axis struct {
	low, high float64 // values at the ends
	from, to  float64 // pixels there
	log       bool
}

func newAxis(values []float64, from, to float64, logarithmic bool) axis {
	a := axis{1, 10, from, to, logarithmic}
	if len(values) > 0 {
		a.low, a.high = slices.Min(values), slices.Max(values)
	}
	if logarithmic { // whole decades would be too much room: leave a tenth of one
		a.low, a.high = a.low/1.25, a.high*1.25
	} else {
		room := max(a.high-a.low, 1e-9) / 20
		a.low, a.high = a.low-room, a.high+room
	}
	return a
}

func (a axis) scale(v float64) float64 {
	if a.log {
		return math.Log(v)
	}
	return v
}

func (a axis) at(v float64) float64 {
	return a.from + (a.scale(v)-a.scale(a.low))/(a.scale(a.high)-a.scale(a.low))*(a.to-a.from)
}

func (a axis) shows(v float64) bool { return v >= a.low && v <= a.high }

// ticks are round values along the axis: powers of ten, with 2 and 5 times them
// where there are few, or about six equal steps.
func (a axis) ticks() []float64 {
	var all []float64
	if a.log {
		steps := []float64{1, 2, 5}
		if a.high/a.low > 1000 {
			steps = steps[:1]
		}
		for e := math.Floor(math.Log10(a.low)); e <= math.Log10(a.high); e++ {
			for _, s := range steps {
				all = append(all, s*math.Pow(10, e))
			}
		}
	} else {
		step := math.Pow(10, math.Floor(math.Log10((a.high-a.low)/3)))
		if (a.high-a.low)/step > 12 {
			step *= 5
		}
		for v := math.Ceil(a.low/step) * step; v <= a.high; v += step {
			all = append(all, v)
		}
	}
	return slices.DeleteFunc(all, func(v float64) bool { return !a.shows(v) })
}

// number formats a tick, with a unit prefix if it is large.
func number(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(v) >= unit.size {
			return fmt.Sprintf("%g%s", v/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%.3g", v)
}

func line(b *strings.Builder, x1, y1, x2, y2 float64) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#ddd"/>`+"\n", x1, y1, x2, y2)
}

func label(b *strings.Builder, x, y float64, anchor, text, more string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>`+"\n", x, y, anchor, more, html.EscapeString(text))
}
