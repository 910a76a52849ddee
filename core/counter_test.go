package core_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// The counters of these tests.
var (
	testRows  = core.NewCounter("test_rows", "rows", "Rows of a test.")
	testBytes = core.NewCounter("test_bytes", "bytes", "Bytes of a test.")
	_         = core.NewCounter("test_unused", "", "Nothing.")
)

// TestCountersAreExact checks the sums of chunks and of the run against what user code
// added, in every form, with failures, and from goroutines of the chunk's own.
func TestCountersAreExact(t *testing.T) {
	for _, form := range runForms() {
		for _, workers := range []int{1, 8} {
			t.Run(fmt.Sprintf("%s/%d", form.name, workers), func(t *testing.T) {
				rec := hooktest.NewRecorder()
				var rows, bytes atomic.Int64
				w := workload{items: 500, workers: workers, continueOnError: true, process: func(ctx context.Context, lo, hi int) ([]int, error) {
					var group sync.WaitGroup
					for range 3 {
						group.Go(func() {
							testRows.Add(ctx, int64(hi-lo))
							rows.Add(int64(hi - lo))
						})
					}
					testBytes.Add(ctx, int64(lo))
					testBytes.Add(ctx, -7)
					bytes.Add(int64(lo))
					group.Wait()
					if lo%7 == 3 {
						return nil, errBoom
					}
					if lo%50 == 30 {
						panic("broken")
					}
					out := make([]int, hi-lo)
					return out, nil
				}}
				e := w.executor()
				e.Register(rec)
				form.run(t.Context(), e, w)
				want := []core.CounterValue{{Name: "test_bytes", Unit: "bytes", Value: bytes.Load()}, {Name: "test_rows", Unit: "rows", Value: rows.Load()}}
				if end := onlyOne[core.RunEnd](t, rec); !reflect.DeepEqual(end.Custom, want) {
					t.Errorf("the run has %v, want %v", end.Custom, want)
				}
				sum := map[string]int64{}
				for _, c := range hooktest.Of[core.ChunkEnd](rec) {
					for _, v := range c.Custom {
						if v.Value < 1 {
							t.Errorf("chunk %d has %v", c.Chunk, v)
						}
						sum[v.Name] += v.Value
					}
				}
				if sum["test_bytes"] != bytes.Load() || sum["test_rows"] != rows.Load() || len(sum) != 2 {
					t.Errorf("the chunks have %v, want %v", sum, want)
				}
			})
		}
	}
}

func TestUnusedCountersAreNil(t *testing.T) {
	rec := hooktest.NewRecorder()
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(2))
	e.Register(rec)
	testRows.Add(t.Context(), 1) // outside of chunks: nothing
	(&core.Counter{}).Add(t.Context(), 1)
	_ = core.ForEach(t.Context(), e, indexes(6), func(ctx context.Context, i int) error {
		testRows.Add(ctx, 0)
		(&core.Counter{}).Add(ctx, 1)
		if i == 3 {
			testRows.Add(ctx, 5)
		}
		return nil
	})
	chunks := hooktest.Of[core.ChunkEnd](rec)
	if chunks[0].Custom != nil || len(chunks[1].Custom) != 1 || chunks[1].Custom[0].Value != 5 || chunks[2].Custom != nil {
		t.Errorf("the chunks have %v, %v, %v", chunks[0].Custom, chunks[1].Custom, chunks[2].Custom)
	}
	rec = hooktest.NewRecorder()
	e = core.NewExecutor()
	e.Register(rec)
	_ = core.ForEach(t.Context(), e, indexes(6), func(context.Context, int) error { return nil })
	if end := onlyOne[core.RunEnd](t, rec); end.Custom != nil {
		t.Errorf("a run without counters has %v", end.Custom)
	}
}

// TestCountersBelongToTheInnermostRun checks that a run inside a chunk has its own sums.
func TestCountersBelongToTheInnermostRun(t *testing.T) {
	outer, inner := hooktest.NewRecorder(), hooktest.NewRecorder()
	e, f := core.NewExecutor(core.WithName("outer")), core.NewExecutor(core.WithName("inner"))
	e.Register(outer)
	f.Register(inner)
	_ = core.ForEach(t.Context(), e, indexes(1), func(ctx context.Context, _ int) error {
		testRows.Add(ctx, 1)
		return core.ForEach(ctx, f, indexes(10), func(ctx context.Context, _ int) error { testRows.Add(ctx, 1); return nil })
	})
	if a, b := onlyOne[core.RunEnd](t, outer).Custom, onlyOne[core.RunEnd](t, inner).Custom; a[0].Value != 1 || b[0].Value != 10 {
		t.Errorf("the outer run has %v, the inner %v", a, b)
	}
}

func TestCountersDoNotOverflow(t *testing.T) {
	rec := hooktest.NewRecorder()
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1))
	e.Register(rec)
	_ = core.ForEach(t.Context(), e, indexes(3), func(ctx context.Context, _ int) error { testRows.Add(ctx, math.MaxInt64-1); return nil })
	if end := onlyOne[core.RunEnd](t, rec); end.Custom[0].Value != math.MaxInt64 {
		t.Errorf("the sum is %d, want the largest number", end.Custom[0].Value)
	}
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		for _, v := range c.Custom {
			if v.Value < 1 {
				t.Errorf("a chunk has %v", v)
			}
		}
	}
}

// TestHooksGetCopiesOfCounters checks that a hook that writes to a slice harms no other.
func TestHooksGetCopiesOfCounters(t *testing.T) {
	rec := hooktest.NewRecorder()
	spoil := func(values []core.CounterValue) {
		for i := range values {
			values[i] = core.CounterValue{Name: "spoilt"}
		}
	}
	spoiler := &funcHook{"spoiler", func(ctx context.Context, _ core.Moment, event any) context.Context {
		switch e := event.(type) {
		case core.ChunkEnd:
			spoil(e.Custom)
		case core.RunEnd:
			spoil(e.Custom)
		}
		return ctx
	}}
	e := core.NewExecutor(core.WithWorkers(1))
	e.Register(rec, spoiler) // ends come in reverse order
	_ = core.ForEach(t.Context(), e, indexes(1), func(ctx context.Context, _ int) error { testRows.Add(ctx, 3); return nil })
	want := []core.CounterValue{{Name: "test_rows", Unit: "rows", Value: 3}}
	if end, chunk := onlyOne[core.RunEnd](t, rec), onlyOne[core.ChunkEnd](t, rec); !reflect.DeepEqual(end.Custom, want) || !reflect.DeepEqual(chunk.Custom, want) {
		t.Errorf("the run has %v, the chunk %v", end.Custom, chunk.Custom)
	}
}

func TestCountersOfTheProcess(t *testing.T) {
	all := core.Counters()
	if !slices.IsSortedFunc(all, func(a, b *core.Counter) int { return strings.Compare(a.Name(), b.Name()) }) || !slices.Contains(all, testRows) {
		t.Errorf("the counters are %v", all)
	}
	if testRows.Name() != "test_rows" || testRows.Unit() != "rows" || testRows.Help() != "Rows of a test." {
		t.Errorf("the counter is %q, %q, %q", testRows.Name(), testRows.Unit(), testRows.Help())
	}
	clear(all)
	if core.Counters()[0] == nil {
		t.Error("a caller can change the list")
	}
}

func TestNewCounterRefuses(t *testing.T) {
	before := len(core.Counters())
	for _, tt := range []struct{ name, unit, help, problem string }{
		{"", "", "x", "the name is invalid"},
		{"Rows", "", "x", "the name is invalid"},
		{"rows.read", "", "x", "the name is invalid"},
		{"9rows", "", "x", "the name is invalid"},
		{"rows\n", "", "x", "the name is invalid"},
		{"rows_total", "", "x", "the name is invalid"},
		{strings.Repeat("a", 65), "", "x", "the name is invalid"},
		{"items", "", "x", "the name is one of Chunkscope's own"},
		{"errors", "", "x", "the name is one of Chunkscope's own"},
		{"chunkscope_rows", "", "x", "the name is one of Chunkscope's own"},
		{"runs", "", "x", "the name is one of Chunkscope's own"},
		{"worker_busy", "seconds", "x", "the name is one of Chunkscope's own"},
		{"rows", "Bytes", "x", "the unit is invalid"},
		{"rows", "a b", "x", "the unit is invalid"},
		{"rows", "", "", "the help is empty"},
		{"rows", "", "\xff", "the help is empty"},
		{"test_rows", "rows", "x", `the process has a counter "test_rows"`},
		{"test", "bytes", "x", `the process has a counter "test_bytes"`},
		{"test_bytes", "", "x", `the process has a counter "test_bytes"`},
	} {
		err, ok := panicOf(func() { core.NewCounter(tt.name, tt.unit, tt.help) }).(error)
		if !ok || !strings.HasPrefix(err.Error(), "core: NewCounter(") || !strings.Contains(err.Error(), tt.problem) {
			t.Errorf("NewCounter(%.20q, %q, %q) panics with %v, want %q", tt.name, tt.unit, tt.help, err, tt.problem)
		}
	}
	if n := len(core.Counters()); n != before {
		t.Errorf("%d counters after refused ones, before %d", n, before)
	}
}
