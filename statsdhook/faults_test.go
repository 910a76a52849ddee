package statsdhook_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/internal/faultnet"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// TestFaults has a subtest for each fault of a StatsD server.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		test func(*testing.T)
	}{
		{"down from the start", downFromTheStart},
		{"flapping", flapping},
		{"DNS failure", dnsFailure},
		{"slow DNS", slowDNS},
		{"NXDOMAIN then ok", nxdomainThenOK},
		{"address change", addressChange},
		{"black hole", blackHole},
		{"slow receiver", slowReceiver},
		{"write that ignores its deadline", writeIgnoresDeadline},
		{"stuck sender", stuckSender},
		{"panicking sender", panickingSender},
		{"queue full", queueFull},
	} {
		t.Run(c.name, func(t *testing.T) { synctest.Test(t, c.test) })
	}
	t.Run("UDP: no listener", noListener)
	t.Run("UDP: receiver too slow", receiverTooSlow)
	t.Run("unix datagram full", unixDatagramFull)
}

func downFromTheStart(t *testing.T) {
	var log logBuffer
	var down atomic.Bool
	down.Store(true)
	s := newServer(t, statsdhook.DogStatsD)
	h := newHook(t, "127.0.0.1:8125",
		statsdhook.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		statsdhook.WithDial(func(ctx context.Context, network, address string) (net.Conn, error) {
			if down.Load() {
				return refuseDial(ctx, network, address)
			}
			return s.dial(ctx, network, address)
		}))
	checkRunUnchanged(t, h)
	time.Sleep(3 * time.Minute)
	if got := strings.Count(log.String(), "\n"); got != 1 || !strings.Contains(log.String(), "connection refused") {
		t.Errorf("%d lines in the log:\n%s", got, log.String())
	}
	stats := h.Stats()
	if stats.Delivered != 0 || stats.Errors == 0 || stats.Dropped["send_error"] != stats.Produced-stats.Pending {
		t.Errorf("stats %+v", stats)
	}
	down.Store(false)
	time.Sleep(3 * time.Second)
	if got := strings.Count(log.String(), "\n"); got != 2 || !strings.Contains(log.String(), "sent again") {
		t.Errorf("%d lines in the log:\n%s", got, log.String())
	}
	before := droppedLines(h.Stats())
	checkRunUnchanged(t, h)
	if text := shutdown(t, h, time.Second); !strings.Contains(text, "send_error") {
		t.Errorf("Shutdown returned %q", text)
	}
	s.reading.Wait()
	if stats := h.Stats(); droppedLines(stats) != before || stats.Delivered != s.count() {
		t.Errorf("%d lines arrived, %d were lost before, stats %+v", s.count(), before, stats)
	}
}

// flappingConn refuses packets while down reports true.
type flappingConn struct {
	net.Conn
	down func() bool
}

func (c *flappingConn) Write(p []byte) (int, error) {
	if c.down() {
		return 0, syscall.ECONNREFUSED
	}
	return c.Conn.Write(p)
}

func flapping(t *testing.T) {
	var log logBuffer
	s := newServer(t, statsdhook.DogStatsD)
	start := time.Now()
	h := newHook(t, "127.0.0.1:8125",
		statsdhook.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		statsdhook.WithDial(func(context.Context, string, string) (net.Conn, error) {
			client, end := faultnet.Pipe(1)
			s.read(end)
			return &flappingConn{client, func() bool { return time.Since(start)/(7*time.Second)%2 == 1 }}, nil
		}))
	checkRunUnchanged(t, h)
	time.Sleep(time.Hour)
	if got := strings.Count(log.String(), "\n"); got < 10 || got > 61 {
		t.Errorf("%d lines in the log of an hour", got)
	}
	if text := shutdown(t, h, time.Second); !strings.Contains(text, "send_error") {
		t.Errorf("Shutdown returned %q", text)
	}
	s.reading.Wait()
	if stats := h.Stats(); stats.Delivered == 0 || stats.Delivered != s.count() {
		t.Errorf("%d lines arrived, stats %+v", s.count(), stats)
	}
}

// blackHole has a connection that loses all packets without an error, as UDP
// may, and one that takes no packet.
func blackHole(t *testing.T) {
	for _, c := range []struct {
		faults faultnet.Faults
		want   string
	}{
		{faultnet.Faults{BlackHole: true}, ""},
		{faultnet.Faults{Stall: true}, "timeout"},
	} {
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(func(context.Context, string, string) (net.Conn, error) {
			client, _ := faultnet.Pipe(1)
			client.Set(c.faults)
			return client, nil
		}))
		checkRunUnchanged(t, h)
		text := shutdown(t, h, 2*time.Second)
		if !strings.Contains(text, c.want) || (text == "") != (c.want == "") {
			t.Errorf("Shutdown returned %q, want %q", text, c.want)
		}
	}
}

func slowReceiver(t *testing.T) {
	dials := 0
	client, end := faultnet.Pipe(1)
	h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(func(context.Context, string, string) (net.Conn, error) {
		dials++
		return client, nil
	}))
	checkRunUnchanged(t, h) // the server does not read
	start, before := time.Now(), h.Stats()
	if err := h.Flush(context.Background()); err != nil {
		t.Error(err)
	}
	after := h.Stats()
	if took, packets := time.Since(start), after.Errors-before.Errors; packets == 0 || took != time.Duration(packets)*100*time.Millisecond {
		t.Errorf("%d packets were dropped in %v, want 100 ms each", packets, took)
	}
	if after.Dropped["timeout"] != after.Produced || after.Delivered != 0 {
		t.Errorf("stats %+v", after)
	}
	s := newServer(t, statsdhook.DogStatsD)
	s.read(end)
	checkRunUnchanged(t, h)
	shutdown(t, h, time.Second)
	s.reading.Wait()
	if stats := h.Stats(); dials != 1 || stats.Delivered != s.count() || droppedLines(stats) != droppedLines(after) {
		t.Errorf("%d dials, %d lines arrived, stats %+v", dials, s.count(), stats)
	}
}

// deadlineIgnoringConn is a connection whose writes wait for Close and ignore
// their deadline.
type deadlineIgnoringConn struct {
	net.Conn
	closed chan struct{}
	once   sync.Once
}

func newDeadlineIgnoringConn() *deadlineIgnoringConn {
	return &deadlineIgnoringConn{closed: make(chan struct{})}
}

func (*deadlineIgnoringConn) SetWriteDeadline(time.Time) error { return nil }

func (c *deadlineIgnoringConn) Write([]byte) (int, error) {
	<-c.closed
	return 0, net.ErrClosed
}

func (c *deadlineIgnoringConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func writeIgnoresDeadline(t *testing.T) {
	h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(func(context.Context, string, string) (net.Conn, error) {
		return newDeadlineIgnoringConn(), nil
	}))
	checkRunUnchanged(t, h)
	start := time.Now()
	text := shutdown(t, h, 8*time.Second)
	if took := time.Since(start); took != time.Second || !strings.Contains(text, "shutdown") {
		t.Errorf("Shutdown took %v and text %q", took, text)
	}
}
