package core

import (
	"math"
	"testing"
	"time"
)

// TestEstimateTable follows runs of 1,000 items with a Progress every second.
func TestEstimateTable(t *testing.T) {
	type row struct {
		at                  time.Duration
		low, expected, high time.Duration // to the tenth of a second; -1 if not known
	}
	const s, ds = time.Second, 100 * time.Millisecond
	tests := []struct {
		name string
		done func(seconds float64) float64
		want []row
	}{
		{"steady: 10 a second", func(x float64) float64 { return 10 * x }, []row{
			{1 * s, -1, -1, -1}, {2 * s, 98 * s, 98 * s, 98 * s}, {50 * s, 50 * s, 50 * s, 50 * s}, {99 * s, 1 * s, 1 * s, 1 * s}, {100 * s, 0, 0, 0},
		}},
		// After 20 s: 400 are done, 20 a second, and in the last 5 s 35 a second.
		{"speeding up: the square of the time", func(x float64) float64 { return x * x }, []row{
			{1 * s, -1, -1, -1}, {20 * s, 171 * ds, 218 * ds, 300 * ds}, {30 * s, 18 * ds, 24 * ds, 33 * ds}, {32 * s, 0, 0, 0},
		}},
		// After 25 s: 500 are done, 20 a second, and in the last 5 s 10.6.
		{"slowing down: a hundred times its root", func(x float64) float64 { return 100 * math.Sqrt(x) }, []row{
			{1 * s, -1, -1, -1}, {25 * s, 250 * ds, 327 * ds, 472 * ds}, {81 * s, 90 * ds, 118 * ds, 172 * ds},
		}},
		{"a stall after 10 s", func(x float64) float64 { return 50 * min(x, 10) }, []row{
			{10 * s, 10 * s, 10 * s, 10 * s}, {13 * s, 130 * ds, 171 * ds, 250 * ds}, {16 * s, -1, -1, -1}, {60 * s, -1, -1, -1},
		}},
		{"nothing at all", func(float64) float64 { return 0 }, []row{{2 * s, -1, -1, -1}, {100 * s, -1, -1, -1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var rates rateWindow
			now := time.Duration(0)
			for _, want := range tt.want {
				var got Estimate
				for now < want.at {
					now += time.Second
					p := Progress{Items: 1000, ItemsDone: min(1000, int(tt.done(now.Seconds()))), Elapsed: now}
					p.Throughput = rates.add(now, p.ItemsDone)
					p.AverageThroughput = float64(p.ItemsDone) / now.Seconds()
					got = estimate(&p, 1)
				}
				tenth := func(d time.Duration) time.Duration { return d.Round(ds) }
				if have := (row{now, tenth(got.Low), tenth(got.Expected), tenth(got.High)}); want.low >= 0 && (have != want || !got.Known) {
					t.Errorf("at %v: %+v, want %+v", now, got, want)
				}
				if want.low < 0 && got != (Estimate{}) {
					t.Errorf("at %v: %+v, want nothing", now, got)
				}
			}
		})
	}
}

// TestEstimateKnown has the conditions one by one.
func TestEstimateKnown(t *testing.T) {
	base := Progress{Items: 100, ItemsDone: 10, Chunks: 6, Elapsed: time.Second, Throughput: 10, AverageThroughput: 10}
	tests := map[string]struct {
		change func(*Progress)
		known  bool
	}{
		"three chunks a worker":             {func(*Progress) {}, true},
		"fewer chunks, before two seconds":  {func(p *Progress) { p.Chunks, p.Elapsed = 5, 2*time.Second-1 }, false},
		"fewer chunks, after two seconds":   {func(p *Progress) { p.Chunks, p.Elapsed = 0, 2*time.Second }, true},
		"unknown total":                     {func(p *Progress) { p.Items = -1 }, false},
		"nothing finishes any more":         {func(p *Progress) { p.Throughput = 0 }, false},
		"nothing has finished":              {func(p *Progress) { p.Throughput, p.AverageThroughput = 0, 0 }, false},
		"all done, however early":           {func(p *Progress) { p.ItemsDone, p.Chunks, p.Elapsed = 100, 1, 1 }, true},
		"more done than there was to do":    {func(p *Progress) { p.ItemsDone = 101 }, true},
		"no items":                          {func(p *Progress) { *p = Progress{} }, true},
		"a rate too low to be worth a year": {func(p *Progress) { p.Throughput = 1e-300 }, true},
	}
	for name, tt := range tests {
		p := base
		tt.change(&p)
		got := estimate(&p, 2)
		if got.Known != tt.known || !got.Known && got != (Estimate{}) {
			t.Errorf("%s: %+v", name, got)
		}
		if got.Low < 0 || got.Low > got.Expected || got.Expected > got.High {
			t.Errorf("%s: the bounds of %+v are out of order", name, got)
		}
		if p.ItemsDone >= p.Items && got.Expected+got.High > 0 {
			t.Errorf("%s: %+v remains", name, got)
		}
	}
}

// TestRateWindow asks for rates at odd moments.
func TestRateWindow(t *testing.T) {
	var w rateWindow
	done := 0
	for i := range 10_000 { // 100 a second, one every 10 ms
		done++
		now := time.Duration(i+1) * 10 * time.Millisecond
		if got := w.add(now, done); math.Abs(got-100) > 1e-6 {
			t.Fatalf("at %v: %v a second, want 100", now, got)
		}
	}
	now := 100 * time.Second
	for range 10 { // none, one look a second
		now += time.Second
		got := w.add(now, done)
		if over := now - 100*time.Second; over > rateSpan+rateSpan/(rateSamples-2) && got != 0 || over < rateSpan && got <= 0 {
			t.Errorf("%v after the last item: %v a second", over, got)
		}
	}
	if got := w.add(now+time.Hour, done+3600); math.Abs(got-1) > 0.01 {
		t.Errorf("after an hour without a word: %v a second, want 1", got)
	}
	var none rateWindow
	if got := none.add(0, 5); got != 0 {
		t.Errorf("at the very start: %v a second", got)
	}
}
