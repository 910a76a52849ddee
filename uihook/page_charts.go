package uihook

import (
	"fmt"
	"math"
	"slices"
)

// barView is the progress of a run with a known total, in thousandths.
type barView struct {
	Done, Failed   float64
	Percent, Label string
}

func newBar(run *runView) *barView {
	if run.Items < 0 {
		return nil
	}
	part := ratio(float64(run.ItemsDone), float64(run.Items))
	if run.Items == 0 || run.ItemsDone >= run.Items {
		part = 1
	}
	percent := 100 * part
	if percent >= 100 && run.ItemsDone < run.Items {
		percent = 99.9
	}
	b := &barView{Done: rounded(1000*part, 1), Percent: formatPercent(percent)}
	if run.ItemsFailed > 0 && run.Items > 0 {
		b.Failed = max(2, rounded(1000*min(1, float64(run.ItemsFailed)/float64(run.Items)), 1))
	}
	b.Label = fmt.Sprintf("%s done: %s of %s items, %s failed", b.Percent, formatCount(run.ItemsDone), formatCount(run.Items), formatCount(run.ItemsFailed))
	return b
}

// chartView is the throughput, drawn in a box of Width by 100.
type chartView struct {
	Width                int
	Bin, Top, Half, Peak string
	Done, Failed         string // paths
	Mean                 float64
	MeanText, FailedText string
	Label                string
	Ticks                []tick
	Rows                 []chartRow
}

type chartRow struct{ From, Done, Failed, Rate string }

const maxChartRows = 24

func newChart(run *runView) *chartView {
	s := run.Series
	n := len(s.Done)
	width := func(i int) float64 { // the last bin may be a short one
		if i == n-1 {
			return max(s.BinSeconds/4, min(s.BinSeconds, run.Elapsed-float64(i)*s.BinSeconds))
		}
		return s.BinSeconds
	}
	rates, failed := make([]float64, n), make([]float64, n)
	for i := range n {
		rates[i], failed[i] = s.Done[i]/width(i), s.Failed[i]/width(i)
	}
	peak := 0.0
	if n > 0 {
		peak = slices.Max(rates)
	}
	top := niceCeiling(max(peak, run.Throughput))
	c := &chartView{
		Width: max(1, n), Bin: formatSeconds(s.BinSeconds), Top: formatShort(top), Half: formatShort(top / 2), Peak: formatRate(peak),
		Done: bars(rates, top, linear), Failed: bars(failed, top, atLeast(2)), Mean: rounded(100-100*run.Throughput/top, 2),
		MeanText: formatRate(run.Throughput), FailedText: formatCount(run.ItemsFailed),
		Ticks: timeTicks(float64(n) * s.BinSeconds),
	}
	c.Label = fmt.Sprintf("Items per second over %s: peak %s, mean %s, %s items failed", formatSeconds(run.Elapsed), c.Peak, c.MeanText, c.FailedText)
	step := (n + maxChartRows - 1) / maxChartRows
	for i := 0; i < n; i += step {
		var done, bad, time float64
		for j := i; j < min(n, i+step); j++ {
			done, bad, time = done+s.Done[j], bad+s.Failed[j], time+width(j)
		}
		c.Rows = append(c.Rows, chartRow{
			formatSeconds(float64(i) * s.BinSeconds), formatCount(int(math.Round(done))), formatCount(int(math.Round(bad))), formatShort(done / time),
		})
	}
	return c
}

// timesView is the histogram of chunk times, drawn in a box of Width by 100.
type timesView struct {
	Width              int
	Usual, Tail, Marks string // paths
	Label              string
	Ticks              []tick
}

func newTimes(run *runView) *timesView {
	n := len(run.Histogram)
	if n == 0 {
		return nil
	}
	usual, tail := make([]float64, n), make([]float64, n)
	most := 0.0
	for i, b := range run.Histogram {
		height := math.Log1p(float64(b.Chunks))
		most = max(most, height)
		if b.From >= run.P99 {
			tail[i] = height
		} else {
			usual[i] = height
		}
	}
	most *= 1.05
	t := &timesView{Width: n, Usual: separateBars(usual, most), Tail: separateBars(tail, most)}
	for _, q := range []float64{run.P50, run.P99} {
		t.Marks += fmt.Sprintf("M%s 0V100", decimal(positionOf(run.Histogram, q)))
	}
	for i := range 5 {
		t.Ticks = append(t.Ticks, newTick(float64(i)/4, formatSeconds(valueAt(run.Histogram, float64(n)*float64(i)/4))))
	}
	t.Label = fmt.Sprintf("Times of %s chunks: p50 %s, p90 %s, p99 %s, longest %s", formatCount(run.Chunks),
		formatSeconds(run.P50), formatSeconds(run.P90), formatSeconds(run.P99), formatSeconds(run.Max))
	return t
}

// positionOf returns where a time lies in a histogram, in buckets.
func positionOf(buckets []bucketView, at float64) float64 {
	for i, b := range buckets {
		if at < b.To {
			return float64(i) + max(0, (at-b.From)/(b.To-b.From))
		}
	}
	return float64(len(buckets))
}

// valueAt returns the time at a position in a histogram.
func valueAt(buckets []bucketView, position float64) float64 {
	i := min(len(buckets)-1, int(position))
	return buckets[i].From + (buckets[i].To-buckets[i].From)*(position-float64(i))
}

// curvesView is the throughput of two runs over percent of their items.
type curvesView struct {
	Top, Half, A, B, Label string
	Ticks                  []tick
}

func newCurves(c *comparison) *curvesView {
	top := 0.0
	for _, y := range slices.Concat(c.A.Curve, c.B.Curve) {
		top = max(top, y)
	}
	top = niceCeiling(top)
	v := &curvesView{
		Top: formatShort(top), Half: formatShort(top / 2), A: curvePath(c.A.Curve, top), B: curvePath(c.B.Curve, top),
		Label: fmt.Sprintf("Throughput over percent of the items: A has a mean of %s, B of %s", formatRate(c.A.Throughput), formatRate(c.B.Throughput)),
	}
	for _, percent := range []float64{0, 25, 50, 75, 100} {
		v.Ticks = append(v.Ticks, newTick(percent/100, formatPercent(percent)))
	}
	return v
}

// comparedRow is a number of two runs.
type comparedRow struct{ Name, A, B, Ratio string }

func newComparedRows(c *comparison) []comparedRow {
	var rows []comparedRow
	add := func(name string, a, b float64, format func(float64) string) {
		r := comparedRow{name, format(a), format(b), "–"}
		if a > 0 {
			r.Ratio = threeDigits(b/a) + "×"
		}
		rows = append(rows, r)
	}
	counted := func(x float64) string { return formatCount(int(x)) }
	shared := func(x float64) string { return formatPercent(100 * x) }
	add("took", c.A.Elapsed, c.B.Elapsed, formatSeconds)
	add("items done", float64(c.A.ItemsDone), float64(c.B.ItemsDone), counted)
	add("items failed", float64(c.A.ItemsFailed), float64(c.B.ItemsFailed), counted)
	add("items per second", c.A.Throughput, c.B.Throughput, formatShort)
	add("chunks", float64(c.A.Chunks), float64(c.B.Chunks), counted)
	add("chunks failed", float64(c.A.ChunksFailed), float64(c.B.ChunksFailed), counted)
	add("chunk time p50", c.A.P50, c.B.P50, formatSeconds)
	add("chunk time p90", c.A.P90, c.B.P90, formatSeconds)
	add("chunk time p99", c.A.P99, c.B.P99, formatSeconds)
	add("longest chunk", c.A.Max, c.B.Max, formatSeconds)
	add("workers busy", c.A.Busy, c.B.Busy, shared)
	return rows
}
