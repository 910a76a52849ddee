package core_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// slowHook takes a second at each start and each end of a chunk.
type slowHook struct{ ends []core.ChunkEnd }

func (*slowHook) HookName() string { return "unhurried" }

func (*slowHook) OnChunkStart(ctx context.Context, _ core.ChunkStart) context.Context {
	time.Sleep(time.Second)
	return ctx
}

func (h *slowHook) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	time.Sleep(time.Second)
	h.ends = append(h.ends, e)
}

// A chunk's Started is when its worker was free for it: the chunks of a worker follow
// each other without a gap, with slow hooks too. In streams and in loops of the caller
// it is when the chunk was there.
func TestChunkStarted(t *testing.T) {
	const wait = time.Minute // between two items of the source, and two chunks of the loop
	work := func(context.Context, int) error { time.Sleep(10 * time.Second); return nil }
	for _, tt := range []struct {
		name string
		run  func(ctx context.Context, e *core.Executor)
		want []time.Duration // from the run's start
	}{
		{"ForEach", func(ctx context.Context, e *core.Executor) {
			_ = core.ForEach(ctx, e, []int{1, 2, 3}, work)
		}, []time.Duration{0, 11 * time.Second, 23 * time.Second}},
		{"Stream", func(ctx context.Context, e *core.Executor) {
			src := core.FromSeq(func(yield func(int) bool) {
				for i := 0; i < 3 && yield(i); i++ {
					time.Sleep(wait)
				}
			})
			drain(core.Stream(ctx, e, src, func(ctx context.Context, i int) (int, error) { return i, work(ctx, i) }))
		}, []time.Duration{0, wait, 2 * wait}},
		{"Start", func(ctx context.Context, e *core.Executor) {
			ctx, run := e.Start(ctx, 3)
			for range 3 {
				_ = run.Chunk(ctx, 1, func(ctx context.Context) error { return work(ctx, 0) })
				time.Sleep(wait)
			}
			run.End(nil)
		}, []time.Duration{0, wait + 12*time.Second, 2 * (wait + 12*time.Second)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &slowHook{}
				e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1))
				e.Register(h)
				began := time.Now()
				tt.run(t.Context(), e)
				var got []time.Duration
				for _, end := range h.ends {
					got = append(got, end.Started.Sub(began))
					if end.Duration != 10*time.Second {
						t.Errorf("chunk %d took %v", end.Chunk, end.Duration)
					}
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("chunks started at %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func drain(results iter.Seq2[int, error]) {
	for _, err := range results {
		_ = err
	}
}

// Slow user code and slow sources are not reported as stuck hooks.
func TestLongWorkIsNotStuck(t *testing.T) {
	const long = time.Minute
	src := core.FromSeq(func(yield func(int) bool) {
		for i := 0; i < 3 && yield(i); i++ {
			time.Sleep(long)
		}
	})
	sleep := func(ctx context.Context, i int) (int, error) { time.Sleep(long); return i, ctx.Err() }
	for name, hooks := range map[string][]core.Hook{
		"ends":           {&nopEnd{1}, &nopEnd{2}},
		"starts, ends":   {&nopHook{1}, &nopEnd{2}},
		"runs, progress": {core.OnRunStart(func(core.RunStart) {}), core.OnProgress(func(core.Progress) {})},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(1))
				e.Register(hooks...)
				e.Register(core.OnFault(func(f core.Fault) { t.Errorf("fault %+v", f) }))
				_, _ = core.Map(t.Context(), e, indexes(5), sleep)
				drain(core.Stream(t.Context(), e, src, sleep))
			})
		})
	}
}
