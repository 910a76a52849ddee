package exporterset

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/chunkscope/chunkscope/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestSet runs a job with all exporters and checks that each one worked.
// Otherwise their measured cost would be that of nothing.
func TestSet(t *testing.T) {
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	e := core.NewExecutor(core.WithName("set"), core.WithWorkers(2), core.WithChunkSize(1))
	e.Register(f.All()...)
	broken := func(_ context.Context, item int) error {
		if item == 99 {
			return context.DeadlineExceeded
		}
		return nil
	}
	items := make([]int, 100)
	items[99] = 99
	if err := core.ForEach(t.Context(), e, items, broken); err == nil {
		t.Error("the failure of an item is lost")
	}
	if got := f.Spans(); got != 101 {
		t.Errorf("%d spans, want one for each chunk and one for the run", got)
	}
	scrape := f.Scrape()
	if scrape.Series < 50 || scrape.Bytes < 20*scrape.Series || scrape.Took <= 0 {
		t.Errorf("scrape %+v", scrape)
	}
	if err := f.Statsd.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if s := f.Statsd.Stats(); s.Delivered == 0 || s.Produced != s.Delivered {
		t.Errorf("statsdhook %+v", s)
	}
	if s := f.Webhook.Stats(); s.Delivered == 0 {
		t.Errorf("webhookhook %+v", s)
	}
}

func TestNamed(t *testing.T) {
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, n := range f.Named() {
		for _, h := range n.Hooks {
			if h == nil || h.HookName() == "" {
				t.Errorf("%s has an empty hook", n.Name)
			}
		}
	}
}

func TestCountSeries(t *testing.T) {
	if got := countSeries([]byte("# HELP a b\n# TYPE a counter\na 1\na{b=\"c\"} 2\n\n# EOF\n")); got != 2 {
		t.Errorf("%d series", got)
	}
}
