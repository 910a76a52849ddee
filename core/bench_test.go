package core_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// The benchmarks of this file compare variants in one process, round by round,
// and print ratios; -benchtime=30x makes 30 rounds. With CHUNKSCOPE_BARS=1
// they fail above their bars. docs/benchmarks.md says what is compared and why.

// mapOf returns a Map over a workload, for comparison with its loop.
func mapOf(b *testing.B, w paired.Workload, hooks []core.Hook, opts ...core.Option) func() {
	e := core.NewExecutor(append([]core.Option{core.WithWorkers(w.Workers)}, opts...)...)
	e.Register(hooks...)
	return func() {
		if _, err := core.Map(context.Background(), e, w.Items, w.Do); err != nil {
			b.Error(err)
		}
	}
}

func loopOf(b *testing.B, w paired.Workload) func() {
	return func() {
		if _, err := w.Loop(context.Background()); err != nil {
			b.Error(err)
		}
	}
}

// BenchmarkMap compares Map with its defaults with the best hand-written loop.
func BenchmarkMap(b *testing.B) {
	bars := map[string]float64{"tiny": 1.10, "spin": 1.03, "heavy-first": 1.03, "heavy-last": 1.03, "sleep": 1.05}
	for _, w := range paired.Workloads() {
		b.Run(w.Name, func(b *testing.B) {
			paired.Compare(b, paired.Options{Gate: w.Gate},
				paired.Variant{Name: "loop", Run: loopOf(b, w)},
				paired.Variant{Name: "Map", Run: mapOf(b, w, nil), Bar: bars[w.Name]})
		})
	}
}

// BenchmarkNoHooks compares Map without hooks with the same loop without any
// of the code that makes hooks possible.
func BenchmarkNoHooks(b *testing.B) {
	w := paired.SpinItems()
	paired.Compare(b, paired.Options{Gate: true},
		paired.Variant{Name: "bare", Run: func() { bareTimedLoop(w) }},
		paired.Variant{Name: "Map", Run: mapOf(b, w, nil), Bar: 1.02})
}

// bareTimedLoop works as Map does, with sizes that follow the clock, but without
// errors, cancellation, panics and hooks.
func bareTimedLoop(w paired.Workload) {
	const target = 10 * time.Millisecond
	out := make([]uint64, len(w.Items))
	var (
		mu   sync.Mutex
		next int
		wg   sync.WaitGroup
	)
	for range w.Workers {
		wg.Go(func() {
			want, base := 1, time.Now()
			for {
				mu.Lock()
				lo := next
				size := max(1, min(want, (len(w.Items)-lo)/(2*w.Workers)))
				next += size
				mu.Unlock()
				if lo >= len(w.Items) {
					return
				}
				for i := lo; i < lo+size; i++ {
					v, _ := w.Do(context.Background(), w.Items[i])
					out[i] = v
				}
				now := time.Now()
				want = max(1, int(min(float64(size)*float64(target)/float64(now.Sub(base)), 8*float64(size))))
				base = now
			}
		})
	}
	wg.Wait()
}

// nopHook listens to the starts and ends of chunks and does nothing.
type nopHook struct{ id int }

func (*nopHook) HookName() string                                                    { return "nop" }
func (*nopHook) OnChunkStart(ctx context.Context, _ core.ChunkStart) context.Context { return ctx }
func (*nopHook) OnChunkEnd(context.Context, core.ChunkEnd)                           {}

// nopEnd listens to the ends of chunks and does nothing.
type nopEnd struct{ id int }

func (*nopEnd) HookName() string                          { return "nop" }
func (*nopEnd) OnChunkEnd(context.Context, core.ChunkEnd) {}

// BenchmarkHooks compares runs of chunks of about 20 µs, with hooks and without.
// Pairs of start and end cost a third reading of the clock, so that Duration has
// nothing but the work in it.
func BenchmarkHooks(b *testing.B) {
	w := paired.SpinItems()
	chunk := core.WithChunkSize(20)
	progress := core.OnProgress(func(core.Progress) {})
	end := core.OnChunkEnd(func(core.ChunkEnd) {})
	with := func(hooks ...core.Hook) func() { return mapOf(b, w, hooks, chunk) }
	paired.Compare(b, paired.Options{Gate: true},
		paired.Variant{Name: "none", Run: with()},
		paired.Variant{Name: "OnProgress", Run: with(progress), Bar: 1.01},
		paired.Variant{Name: "OnChunkEnd", Run: with(end), Bar: 1.01},
		paired.Variant{Name: "both", Run: with(progress, end), Bar: 1.01},
		paired.Variant{Name: "four ends", Run: with(&nopEnd{1}, &nopEnd{2}, &nopEnd{3}, &nopEnd{4}), Bar: 1.01},
		paired.Variant{Name: "four pairs", Run: with(&nopHook{1}, &nopHook{2}, &nopHook{3}, &nopHook{4}), Bar: 1.01})
}

// BenchmarkEmptyChunks compares the cost of an event, with nothing else in the
// chunk, with a loop that claims chunks and reads the clock as often.
func BenchmarkEmptyChunks(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			items := make([]int, 200_000)
			nothing := func(context.Context, int) (int, error) { return 0, nil }
			run := func(hooks ...core.Hook) func() {
				e := core.NewExecutor(core.WithWorkers(workers), core.WithChunkSize(1))
				e.Register(hooks...)
				return func() { _, _ = core.Map(context.Background(), e, items, nothing) }
			}
			paired.Compare(b, paired.Options{Gate: workers > 1},
				paired.Variant{Name: "clock", Run: func() { clockLoop(workers, items, nothing) }},
				paired.Variant{Name: "none", Run: run()},
				paired.Variant{Name: "one", Run: run(&nopEnd{1}), Bar: 2},
				paired.Variant{Name: "four pairs", Run: run(&nopHook{1}, &nopHook{2}, &nopHook{3}, &nopHook{4})})
		})
	}
}

// clockLoop reads the clock at the start and at the end of each chunk of one item.
func clockLoop(workers int, items []int, fn func(context.Context, int) (int, error)) {
	out := make([]int, len(items))
	base := time.Now()
	var (
		next atomic.Int64
		wg   sync.WaitGroup
	)
	for range workers {
		wg.Go(func() {
			var busy time.Duration
			for {
				i := int(next.Add(1)) - 1
				if i >= len(items) {
					return
				}
				start := time.Since(base)
				out[i], _ = fn(context.Background(), items[i])
				busy += time.Since(base) - start
			}
		})
	}
	wg.Wait()
}

// BenchmarkSlowProgressHook compares a progress hook that takes 20 µs, on
// chunks of about 10 µs, with none.
func BenchmarkSlowProgressHook(b *testing.B) {
	w := paired.SpinItems()
	chunk := core.WithChunkSize(10)
	slow := core.OnProgress(func(core.Progress) { _, _ = paired.Burn(context.Background(), 20_000) })
	paired.Compare(b, paired.Options{Gate: true},
		paired.Variant{Name: "none", Run: mapOf(b, w, nil, chunk)},
		paired.Variant{Name: "slow", Run: mapOf(b, w, []core.Hook{slow}, chunk), Bar: 1.05})
}

// burnHook takes about 4 µs a chunk, which is more than the metrics of four back
// ends and a span take.
type burnHook struct{}

func (*burnHook) HookName() string { return "burn" }
func (*burnHook) OnChunkEnd(ctx context.Context, _ core.ChunkEnd) {
	_, _ = paired.Burn(ctx, 4_000)
}

// BenchmarkTarget compares target chunk durations with the best loop, without a hook
// and with a costly one. The default is chosen by it: see docs/chunk-size.md.
func BenchmarkTarget(b *testing.B) {
	targets := []time.Duration{100 * time.Microsecond, 300 * time.Microsecond, time.Millisecond, 3 * time.Millisecond, 10 * time.Millisecond}
	for _, w := range paired.Workloads() {
		b.Run(w.Name, func(b *testing.B) {
			var others []paired.Variant
			for _, target := range targets {
				set := core.WithTargetChunkDuration(target)
				others = append(others,
					paired.Variant{Name: target.String(), Run: mapOf(b, w, nil, set)},
					paired.Variant{Name: target.String() + "+hook", Run: mapOf(b, w, []core.Hook{&burnHook{}}, set)})
			}
			paired.Compare(b, paired.Options{Gate: w.Gate}, paired.Variant{Name: "loop", Run: loopOf(b, w)}, others...)
		})
	}
}
