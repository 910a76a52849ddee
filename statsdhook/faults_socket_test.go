package statsdhook_test

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// unusedUDPAddress returns a local address without a listener.
func unusedUDPAddress(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.LocalAddr().String()
}

func noListener(t *testing.T) {
	h := newHook(t, unusedUDPAddress(t), statsdhook.WithFlushInterval(time.Millisecond))
	runAllOutcomes(t, h)
	shutdown(t, h, 2*time.Second)
	stats := h.Stats() // whether a write fails depends on the operating system
	if stats.Dropped["send_error"] != droppedLines(stats) || stats.Produced == 0 {
		t.Errorf("stats %+v", stats)
	}
}

// receiverTooSlow loses packets uncounted. The gauges are right in the end, as
// every flush sends them.
func receiverTooSlow(t *testing.T) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadBuffer(1 << 10); err != nil {
		t.Fatal(err)
	}
	h := newHook(t, conn.LocalAddr().String(), statsdhook.WithFlushInterval(time.Hour), statsdhook.WithMaxPacketSize(512))
	runAllOutcomes(t, h)
	for range 20 {
		if err := h.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	s := newServer(t, statsdhook.DogStatsD)
	s.read(conn)
	eventually(t, s, func() bool { return s.count() > 0 })
	before := h.Stats().Delivered
	if err := conn.SetReadBuffer(1 << 20); err != nil {
		t.Fatal(err)
	}
	if err := h.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	eventually(t, s, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		active, known := s.gauges["chunkscope.runs.active executor=loop"]
		return known && active == 0
	})
	shutdown(t, h, time.Second)
	if s.count() >= before {
		t.Errorf("all of %d lines arrived, so that the receiver was not slow", before)
	}
	_ = conn.Close()
	s.reading.Wait()
}

func unixDatagramFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "statsd.sock")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	dials := 0
	h := newHook(t, "unixgram://"+path, statsdhook.WithMaxPacketSize(512), statsdhook.WithFlushInterval(time.Hour),
		statsdhook.WithDial(func(ctx context.Context, network, address string) (net.Conn, error) {
			dials++
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}))
	chunk := core.ChunkEnd{ChunkStart: core.ChunkStart{Executor: "full"}, Outcome: core.OutcomeOK}
	for h.Stats().Dropped["timeout"] == 0 { // until the system's buffer is full
		for range 20 {
			h.OnChunkEnd(t.Context(), chunk)
		}
		if err := h.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s := newServer(t, statsdhook.DogStatsD)
	s.read(conn)
	eventually(t, s, func() bool { return s.count() == h.Stats().Delivered })
	h.OnChunkEnd(t.Context(), chunk)
	if text := shutdown(t, h, time.Second); !strings.Contains(text, "timeout") {
		t.Errorf("Shutdown returned %q", text)
	}
	stats := h.Stats()
	eventually(t, s, func() bool { return s.count() == stats.Delivered })
	if dials != 1 || stats.Dropped["timeout"] != droppedLines(stats) {
		t.Errorf("%d dials, stats %+v", dials, stats)
	}
	_ = conn.Close()
	s.reading.Wait()
}
