package uihook_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// TestTheNumbersAreThoseOfTheRun compares every number of the page with what a
// recorder saw, for runs that end in each way.
func TestTheNumbersAreThoseOfTheRun(t *testing.T) {
	bad := errors.New("bad row")
	for name, run := range map[string]func(ctx context.Context, exec *core.Executor, cancel func()) error{
		"ok": func(ctx context.Context, exec *core.Executor, _ func()) error {
			return core.ForEach(ctx, exec, make([]int, 5000), func(context.Context, int) error { return nil })
		},
		"failures": func(ctx context.Context, exec *core.Executor, _ func()) error {
			n := 0
			return core.ForEachChunk(ctx, exec, make([]int, 5000), func(_ context.Context, rows []int) error {
				if c, _ := core.ChunkFrom(ctx); len(rows)%7 == c.Index%7 {
					n++
					return bad
				}
				return nil
			})
		},
		"panic": func(ctx context.Context, exec *core.Executor, _ func()) error {
			return core.ForEachChunk(ctx, exec, make([]int, 900), func(ctx context.Context, _ []int) error {
				if c, _ := core.ChunkFrom(ctx); c.Index%5 == 3 {
					panic("broken")
				}
				return nil
			})
		},
		"canceled": func(ctx context.Context, exec *core.Executor, cancel func()) error {
			return core.ForEachChunk(ctx, exec, make([]int, 5000), func(ctx context.Context, _ []int) error {
				if c, _ := core.ChunkFrom(ctx); c.Index == 20 {
					cancel()
				}
				return nil
			})
		},
		"stream": func(ctx context.Context, exec *core.Executor, _ func()) error {
			for _, err := range core.Stream(ctx, exec, func(yield func(int, error) bool) {
				for i := range 3000 {
					if !yield(i, nil) {
						return
					}
				}
			}, func(_ context.Context, i int) (int, error) { return i, nil }) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"start": func(ctx context.Context, exec *core.Executor, _ func()) error {
			ctx, r := exec.Start(ctx, 300)
			for i := range 30 {
				_ = r.Chunk(ctx, 10, func(context.Context) error {
					if i%9 == 4 {
						return bad
					}
					return nil
				})
			}
			r.End(nil)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, rec := newHook(t), hooktest.NewRecorder()
			exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(4), core.WithContinueOnError())
			exec.Register(rec, h)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_ = run(ctx, exec, cancel)
			want := hooktest.Of[core.RunEnd](rec)[0]
			got := readSnapshot(t, h).Run
			if got.State != want.Outcome.String() || got.Items != want.Items || got.ItemsDone != want.ItemsDone || got.ItemsFailed != want.ItemsFailed ||
				got.Chunks != want.Chunks || got.ChunksFailed != want.ChunksFailed || math.Abs(got.Elapsed-want.Duration.Seconds()) > 1e-6 {
				t.Errorf("got %+v, want %+v", got.summary, want)
			}
			compareChunks(t, got, hooktest.Of[core.ChunkEnd](rec))
			compareFailures(t, got, hooktest.Of[core.ItemFailure](rec))
			done := 0.0
			for _, n := range got.Series.Done {
				done += n
			}
			if math.Abs(done-float64(want.ItemsDone)) > 0.05*float64(len(got.Series.Done)) {
				t.Errorf("the throughput has %v items, the run %d", done, want.ItemsDone)
			}
		})
	}
}

func compareChunks(t *testing.T, got *run, chunks []core.ChunkEnd) {
	t.Helper()
	longest := time.Duration(0)
	var perWorker [64]int
	for _, c := range chunks {
		longest = max(longest, c.Duration)
		perWorker[c.Worker]++
	}
	if math.Abs(got.Max-longest.Seconds()) > 1e-6 {
		t.Errorf("the longest chunk took %v, want %v", got.Max, longest)
	}
	counted := 0
	for _, b := range got.Histogram {
		counted += b.Chunks
	}
	if counted != len(chunks) {
		t.Errorf("the histogram has %d chunks, want %d", counted, len(chunks))
	}
	if len(got.Slowest) != min(20, len(chunks)) {
		t.Errorf("%d slowest chunks of %d", len(got.Slowest), len(chunks))
	}
	for _, l := range got.Lanes {
		if l.Chunks != perWorker[l.Worker] || l.Now != nil {
			t.Errorf("worker %d has %d chunks, want %d; now at %v", l.Worker, l.Chunks, perWorker[l.Worker], l.Now)
		}
	}
}

func compareFailures(t *testing.T, got *run, failed []core.ItemFailure) {
	t.Helper()
	want, have := 0, 0
	for _, f := range failed {
		want += f.Items
	}
	for _, f := range got.Failures {
		have += f.Items
	}
	if have != want {
		t.Errorf("%d failed items by kind, want %d", have, want)
	}
}

func TestQuantilesAreThoseOfTheChunks(t *testing.T) {
	h := newHook(t)
	ctx, start := startRun(h, "r1", 10_000, 4)
	for i := range 1000 {
		e := chunkOf(start, i, i%4)
		e.Duration = time.Duration(i+1) * time.Millisecond
		h.OnChunkEnd(ctx, e)
	}
	got := readSnapshot(t, h).Run
	for _, q := range []struct{ got, want float64 }{{got.P50, 0.5}, {got.P90, 0.9}, {got.P99, 0.99}, {got.Max, 1}} {
		if math.Abs(q.got-q.want) > q.want/16 {
			t.Errorf("a quantile is %v, want %v", q.got, q.want)
		}
	}
}

// TestAWorkersTimelineShowsWhenItWorked has a worker that works in the first and the
// last quarter of a long run.
func TestAWorkersTimelineShowsWhenItWorked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t)
		ctx, start := startRun(h, "r1", 20, 1)
		work := func(chunk int, outcome core.Outcome) {
			e := core.ChunkEnd{Outcome: outcome, Duration: time.Hour}
			e.Chunk, e.Started, e.Items = chunk, time.Now(), 10
			h.OnChunkStart(ctx, e.ChunkStart)
			time.Sleep(time.Hour)
			e.Ended = time.Now()
			h.OnChunkEnd(ctx, e)
		}
		work(0, core.OutcomeOK)
		time.Sleep(2 * time.Hour)
		work(1, core.OutcomeError)
		h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Duration: 4 * time.Hour, Outcome: core.OutcomeError})
		got := readSnapshot(t, h).Run
		if l := got.Lanes[0].Timeline; len(l) < 120 || l[len(l)/8] != '9' || l[len(l)/2] != '0' || l[len(l)*7/8] != '9' || l[len(l)-1] < 'a' || got.Lanes[0].Busy != 0.5 {
			t.Errorf("busy %v, timeline %s", got.Lanes[0].Busy, l)
		}
	})
}

func TestAHungChunkIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t)
		ctx, start := startRun(h, "r1", 1000, 2)
		for i := range 50 {
			h.OnChunkEnd(ctx, chunkOf(start, i, 0))
		}
		h.OnProgress(ctx, core.Progress{Items: 1000, ItemsDone: 500, Chunks: 50, Elapsed: time.Millisecond})
		h.OnChunkStart(ctx, core.ChunkStart{Chunk: 50, Offset: 500, Items: 10, Worker: 1, Started: time.Now()})
		time.Sleep(20 * time.Second)
		s := readSnapshot(t, h)
		if now := s.Run.Lanes[1].Now; now == nil || now.Chunk != 50 || !now.Slow || now.Elapsed != 20 {
			t.Errorf("worker 1 is at %+v", now)
		}
		if len(s.Attention) == 0 || s.Attention[0].Alert != "ChunkStuck" {
			t.Fatalf("attention: %+v", s.Attention)
		}
		wantPart(t, s.Attention[0].Text, "Chunk #50 (items 500–509) has been worked on by w1 for 20.0 s")
		time.Sleep(20 * time.Second)
		s = readSnapshot(t, h)
		if s.Run.State != "stalled" || s.Attention[0].Alert != "RunStalled" {
			t.Errorf("after 40 s: %s, %+v", s.Run.State, s.Attention)
		}
	})
}
