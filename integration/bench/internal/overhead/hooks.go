package overhead

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// nopPair implements the hooks for start and end of a chunk and does nothing.
type nopPair struct{ id int }

func (*nopPair) HookName() string                                                    { return "nop" }
func (*nopPair) OnChunkStart(ctx context.Context, _ core.ChunkStart) context.Context { return ctx }
func (*nopPair) OnChunkEnd(context.Context, core.ChunkEnd)                           {}

// nopEnd implements the hook for the end of a chunk and does nothing.
type nopEnd struct{ id int }

func (*nopEnd) HookName() string                          { return "nop" }
func (*nopEnd) OnChunkEnd(context.Context, core.ChunkEnd) {}

// hookSets are sets of hooks that do nothing.
func hookSets() []struct {
	name  string
	hooks []core.Hook
} {
	progress, end := core.OnProgress(func(core.Progress) {}), core.OnChunkEnd(func(core.ChunkEnd) {})
	return []struct {
		name  string
		hooks []core.Hook
	}{
		{"OnProgress", []core.Hook{progress}},
		{"OnChunkEnd", []core.Hook{end}},
		{"both", []core.Hook{progress, end}},
		{"four ends", []core.Hook{&nopEnd{1}, &nopEnd{2}, &nopEnd{3}, &nopEnd{4}}},
		{"four pairs", []core.Hook{&nopPair{1}, &nopPair{2}, &nopPair{3}, &nopPair{4}}},
	}
}

// hooksTrial has chunks of about 20 µs. It looks for small differences, so it
// has twice the rounds.
func hooksTrial(w workload.Workload) trial.Trial {
	chunk := core.WithChunkSize(20)
	t := trial.Trial{Name: "hooks, 20 µs chunks", Gate: true, Rounds: 2, Base: mapWith(none, w, nil, chunk)}
	for _, set := range hookSets() {
		t.Others = append(t.Others, mapWith(set.name, w, set.hooks, chunk))
	}
	return t
}

// noHooksTrial compares Map with the loop inside it, without the code for
// hooks, errors, cancellation and panics.
func noHooksTrial(w workload.Workload) trial.Trial {
	return trial.Trial{
		Name: "no hooks", Gate: true,
		Base:   paired.Variant{Name: "bare", Run: func() { bareTimedLoop(w) }},
		Others: []paired.Variant{mapWith("Map", w, nil)},
	}
}

func bareTimedLoop(w workload.Workload) {
	const target = 10 * time.Millisecond
	out := make([]uint64, len(w.Items))
	var (
		mu   sync.Mutex
		next int
		wg   sync.WaitGroup
	)
	claim := func(want int) (lo, hi int) {
		mu.Lock()
		defer mu.Unlock()
		lo = next
		next = min(lo+max(1, min(want, (len(w.Items)-lo)/(2*w.Workers))), len(w.Items))
		return lo, next
	}
	for range w.Workers {
		wg.Go(func() {
			want, base := 1, time.Now()
			for lo, hi := claim(want); lo < hi; lo, hi = claim(want) {
				for i := lo; i < hi; i++ {
					out[i], _ = w.Do(context.Background(), w.Items[i])
				}
				now := time.Now()
				size := float64(hi - lo)
				want = max(1, int(min(size*float64(target)/float64(now.Sub(base)), 8*size)))
				base = now
			}
		})
	}
	wg.Wait()
}

// slowTrial has a progress hook that takes 20 µs, with chunks of about 10 µs.
func slowTrial(w workload.Workload) trial.Trial {
	slow := core.OnProgress(func(core.Progress) { workload.Must(paired.Burn(context.Background(), 18_000)) })
	chunk := core.WithChunkSize(10)
	return trial.Trial{
		Name: "slow progress", Gate: true, Base: mapWith(none, w, nil, chunk),
		Others: []paired.Variant{mapWith("progress hook of 20 µs", w, []core.Hook{slow}, chunk)},
	}
}

// emptyTrial compares the cost of an event in an empty chunk with a loop that
// claims chunks and reads the clock as often.
func emptyTrial(workers int, quick bool) trial.Trial {
	w := workload.Workload{}
	w.Workers, w.Items = workers, workload.Numbers(200_000)
	if quick {
		w.Items = w.Items[:40_000]
	}
	w.Do = func(context.Context, int) (uint64, error) { return 0, nil }
	chunk := core.WithChunkSize(1)
	return trial.Trial{
		Name: fmt.Sprintf("empty chunks, workers: %d", workers), Gate: workers > 1,
		Base: paired.Variant{Name: "claim and clock", Run: func() { clockLoop(w) }},
		Others: []paired.Variant{
			mapWith(none, w, nil, chunk),
			mapWith("one end", w, []core.Hook{&nopEnd{1}}, chunk),
			mapWith("four pairs", w, []core.Hook{&nopPair{1}, &nopPair{2}, &nopPair{3}, &nopPair{4}}, chunk),
		},
	}
}

func clockLoop(w workload.Workload) {
	out := make([]uint64, len(w.Items))
	base := time.Now()
	var (
		next atomic.Int64
		wg   sync.WaitGroup
	)
	for range w.Workers {
		wg.Go(func() {
			var busy time.Duration
			for {
				i := int(next.Add(1)) - 1
				if i >= len(w.Items) {
					return
				}
				start := time.Since(base)
				out[i], _ = w.Do(context.Background(), w.Items[i])
				busy += time.Since(base) - start
			}
		})
	}
	wg.Wait()
}

// reportHooks runs the trials of this file.
func reportHooks(s *trial.Session, section report.Section, trials []trial.Trial) (report.Section, []bars.Reading) {
	var readings []bars.Reading
	for i, title := range []string{
		"Hooks that do nothing: chunks of 20 items of 1 µs",
		"Map without hooks: over its own way of working with nothing of what hooks, errors, cancellation and panics need, 1 µs items",
		"A slow progress hook: chunks of 10 items of 1 µs",
		"Empty chunks, one worker: over a loop that claims chunks and reads the clock twice for each",
		"Empty chunks, two workers",
	} {
		result := s.Run(trials[i])
		section.Tables = append(section.Tables, result.Table(title))
		switch i {
		case 0:
			for _, set := range hookSets() {
				readings = append(readings, result.Reading("hooks/"+set.name, set.name, none))
			}
		case 1:
			readings = append(readings, result.Reading("no hooks", "Map", "bare"))
		case 2:
			readings = append(readings, result.Reading("slow progress", "progress hook of 20 µs", none))
		default:
			readings = append(readings, result.Reading(fmt.Sprintf("empty/%d", i-2), "one end", "claim and clock"))
		}
	}
	return section, readings
}
