package statsdhook_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/faultnet"
	"github.com/chunkscope/chunkscope/statsdhook"
)

func stuckSender(t *testing.T) {
	release := make(chan struct{})
	client := &funcClient{call: func(string) error { <-release; return nil }}
	h := newClientHook(t, client)
	checkRunUnchanged(t, h)
	start, before := time.Now(), h.Stats().Produced
	h.OnItemFailure(t.Context(), core.ItemFailure{Executor: "sleepy", Items: 1, Outcome: core.OutcomeError}) // for the next flush
	text := shutdown(t, h, 8*time.Second)
	if took := time.Since(start); took != 1100*time.Millisecond || !strings.Contains(text, "shutdown") {
		t.Errorf("Shutdown took %v and text %q", took, text)
	}
	stats := h.Stats()
	if stats.Dropped["shutdown"] != stats.Produced || stats.Produced < before+2 {
		t.Errorf("%d lines before, stats %+v", before, stats)
	}
	close(release) // so that the goroutine ends
	synctest.Wait()
	if now := h.Stats(); now.Delivered != 0 {
		t.Errorf("delivered after Shutdown: %+v", now)
	}
	if client.closed {
		t.Error("the user's client was closed")
	}
}

func panickingSender(t *testing.T) {
	calls := 0
	client := &funcClient{call: func(string) error {
		switch calls++; calls % 3 {
		case 0:
			panic("oh no")
		case 1:
			return errors.New("wrong")
		}
		return nil
	}}
	h := newClientHook(t, client)
	checkRunUnchanged(t, h)
	text := shutdown(t, h, time.Second)
	stats := h.Stats()
	if calls == 0 || stats.Produced != uint64(calls) || stats.Delivered != uint64((calls+1)/3) ||
		stats.Errors != droppedLines(stats) || stats.Dropped["send_error"] != droppedLines(stats) || !strings.Contains(text, "send_error") {
		t.Errorf("%d calls, stats %+v, Shutdown returned %q", calls, stats, text)
	}
	if client.closed {
		t.Error("the user's client was closed")
	}
}

// queueFull loses timers but no counts.
func queueFull(t *testing.T) {
	release := make(chan struct{})
	client, end := faultnet.Pipe(1)
	h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(func(context.Context, string, string) (net.Conn, error) {
		<-release
		return client, nil
	}))
	const chunks = 3 * statsdhook.QueueSize
	for range chunks {
		h.OnChunkEnd(t.Context(), core.ChunkEnd{
			ChunkStart: core.ChunkStart{Executor: "full", Items: 5}, ItemsDone: 5, Outcome: core.OutcomeOK,
		})
	}
	synctest.Wait()
	if stats := h.Stats(); stats.Dropped["queue_full"] < statsdhook.QueueSize {
		t.Errorf("stats %+v", stats)
	}
	s := newServer(t, statsdhook.DogStatsD)
	s.read(end)
	close(release)
	text := shutdown(t, h, time.Second)
	s.reading.Wait()
	stats := h.Stats()
	if got := s.total("chunkscope.chunks executor=full outcome=ok"); got != chunks {
		t.Errorf("%v chunks arrived, want %d", got, chunks)
	}
	if got := len(s.timings["chunkscope.chunk.duration executor=full"]); uint64(got)+stats.Dropped["queue_full"] != chunks {
		t.Errorf("%d timers arrived, stats %+v", got, stats)
	}
	if !strings.Contains(text, "queue_full") || stats.Delivered != s.count() {
		t.Errorf("Shutdown returned %q, %d lines arrived, stats %+v", text, s.count(), stats)
	}
}
