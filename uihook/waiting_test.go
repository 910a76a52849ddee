package uihook_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
)

// Chunks that wait elsewhere are neither busy nor stuck, nor do they make workers idle.
func TestWaitingChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t)
		exec := core.NewExecutor(core.WithName("far"), core.WithWorkers(16), core.WithChunkSize(1))
		exec.Register(h)
		slot := make(chan struct{}, 1)
		done := make(chan error)
		go func() {
			done <- core.ForEachChunk(t.Context(), exec, make([]int, 16), func(ctx context.Context, _ []int) error {
				remote.Waiting(ctx)
				slot <- struct{}{}
				defer func() { <-slot }()
				remote.Started(ctx)
				time.Sleep(20 * time.Second)
				remote.Report(ctx, remote.Result{Worker: "host-7"})
				return nil
			})
		}()
		time.Sleep(70 * time.Second)
		s := readSnapshot(t, h)
		if s.Run.ChunksActive != 1 || s.Run.ChunksWaiting != 12 || len(s.Attention) != 0 {
			t.Errorf("%d active, %d waiting, attention %+v; want 1, 12 and none", s.Run.ChunksActive, s.Run.ChunksWaiting, s.Attention)
		}
		wantPart(t, get(t, h, "/").text, "<dd>1 <small>of 16 busy, 12 waiting</small>", `title="host-7"`)

		time.Sleep(220 * time.Second) // one chunk has waited for fourteen others
		s = readSnapshot(t, h)
		for _, a := range s.Attention {
			if a.Alert == "ChunkStuck" {
				t.Errorf("attention: %s", a.Text)
			}
		}
		remotes := 0
		for _, l := range s.Run.Lanes {
			if l.RemoteWorker == "host-7" {
				remotes++
			}
			if l.Now != nil && l.Now.Elapsed > 20 {
				t.Errorf("worker %d is at a chunk for %v s, want at most 20", l.Worker, l.Now.Elapsed)
			}
		}
		if remotes != 14 {
			t.Errorf("%d lanes have a remote worker, want 14", remotes)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		s = readSnapshot(t, h)
		durations := []float64{}
		for _, c := range s.Run.Slowest {
			durations = append(durations, c.Duration)
		}
		if s.Run.ChunksWaiting != 0 || slices.Max(durations) != 20 || s.Run.P99 > 20 {
			t.Errorf("%d wait after the run; the slowest took %v", s.Run.ChunksWaiting, durations)
		}
	})
}
