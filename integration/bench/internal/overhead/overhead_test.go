package overhead

import (
	"context"
	"math"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNegligibleFrom(t *testing.T) {
	durations := []time.Duration{0, 1, 10, 100}
	for _, c := range []struct {
		shares []float64
		want   any
	}{
		{[]float64{300, 20, 1, 0.1}, time.Duration(10)},
		{[]float64{300, 0.5, 2, 0.1}, time.Duration(100)}, // an earlier low value does not count
		{[]float64{-1, 0, 1, 0}, time.Duration(0)},
		{[]float64{300, 20, 3, 2}, "no duration here"},
		{[]float64{0, 0, 0, math.NaN()}, "no duration here"},
	} {
		if got := negligibleFrom(c.shares, durations); got != c.want {
			t.Errorf("%v: %v, want %v", c.shares, got, c.want)
		}
	}
}

// TestEventsReachTheExporters runs the instrumentations of promhook and
// statsdhook and checks that the exporters received the chunks. Otherwise the
// cost of nothing would be measured.
func TestEventsReachTheExporters(t *testing.T) {
	f, err := exporterset.New()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	before := f.Scrape()
	promWays, err := promInstrumentations(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range promWays {
		w.variant(2, 100).Run()
	}
	if after := f.Scrape(); after.Series <= before.Series {
		t.Errorf("%d series before any chunk, %d after", before.Series, after.Series)
	}
	ways, err := statsdInstrumentations(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range ways {
		w.variant(2, 3000).Run()
	}
	if s := f.Statsd.Stats(); s.Produced < 3000 || s.Delivered == 0 {
		t.Errorf("statsdhook %+v", s)
	}
}

// TestLoopsDoTheWork checks that the loops to which hooks are compared process
// every item.
func TestLoopsDoTheWork(t *testing.T) {
	w := workload.Spin(true)
	done := make([]bool, len(w.Items))
	w.Do = func(_ context.Context, item int) (uint64, error) { done[item/10] = true; return 0, nil }
	bareTimedLoop(w)
	for i, ok := range done {
		if !ok {
			t.Fatalf("bareTimedLoop left out item %d", i)
		}
	}
	clear(done)
	clockLoop(w)
	for i, ok := range done {
		if !ok {
			t.Fatalf("clockLoop left out item %d", i)
		}
	}
}

// TestBareCallsHaveTheBucketsOfTheHooks compares with the bounds that both
// exporters document: 100 µs to an hour, and one item to a million.
func TestBareCallsHaveTheBucketsOfTheHooks(t *testing.T) {
	duration, size, err := chunkBounds()
	if err != nil {
		t.Fatal(err)
	}
	if len(duration) != 16 || duration[0] != 100e-6 || duration[15] != 3600 {
		t.Errorf("bounds of the duration %v, want 16 from 100 µs to an hour", duration)
	}
	if len(size) != 13 || size[0] != 1 || size[12] != 1e6 {
		t.Errorf("bounds of the size %v, want 13 from 1 to 1,000,000", size)
	}
	if _, err := bucketBounds("no_such_histogram"); err == nil {
		t.Error("no error for a histogram that promhook does not export")
	}
}
