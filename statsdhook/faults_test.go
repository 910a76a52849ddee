package statsdhook_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/faultnet"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// TestFaults has a subtest for each way in which a StatsD server can fail.
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
	t.Run("UDP: nobody listening", noListener)
	t.Run("UDP: receiver too slow", receiverTooSlow)
	t.Run("unix datagram full", unixDatagramFull)
}

// logBook keeps what is logged.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// sleepy runs a job in which every item takes 10 ms, so that virtual time
// tells what hooks add, and returns its results and how long it took.
func runSleepingItems(t *testing.T, hooks ...core.Hook) (results []int, took time.Duration) {
	t.Helper()
	e := core.NewExecutor(core.WithName("sleepy"), core.WithWorkers(3), core.WithChunkSize(2))
	e.Register(hooks...)
	items := make([]int, 300)
	for i := range items {
		items[i] = i
	}
	began := time.Now()
	results, err := core.Map(context.Background(), e, items, func(_ context.Context, i int) (int, error) {
		time.Sleep(10 * time.Millisecond)
		return i * i, nil
	})
	if err != nil {
		t.Error(err)
	}
	return results, time.Since(began)
}

// unharmed runs the job with the hook and without, and sees no difference.
func checkRunUnchanged(t *testing.T, h *statsdhook.Hook) {
	t.Helper()
	want, without := runSleepingItems(t)
	got, with := runSleepingItems(t, h)
	if !slices.Equal(got, want) || with != without {
		t.Errorf("with the hook it took %v, without %v; results equal: %v", with, without, slices.Equal(got, want))
	}
	checkBalance(t, h.Stats())
}

// shutdown shuts the hook down, within limit, and returns what it says.
func shutdown(t *testing.T, h *statsdhook.Hook, limit time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	began := time.Now()
	err := h.Shutdown(ctx)
	if took := time.Since(began); took > limit {
		t.Errorf("Shutdown took %v of %v", took, limit)
	}
	stats := h.Stats()
	checkBalance(t, stats)
	if stats.Pending != 0 {
		t.Errorf("pending after Shutdown: %+v", stats)
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func refuseDial(context.Context, string, string) (net.Conn, error) {
	return nil, syscall.ECONNREFUSED
}

func unknownHost(context.Context, string) ([]string, error) { return nil, errors.New("no such host") }

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
	if said := shutdown(t, h, time.Second); !strings.Contains(said, "send_error") {
		t.Errorf("Shutdown said %q", said)
	}
	s.reading.Wait()
	if stats := h.Stats(); droppedLines(stats) != before || stats.Delivered != s.count() {
		t.Errorf("%d lines arrived, %d were lost before, stats %+v", s.count(), before, stats)
	}
}

// flappingConn refuses packets at times.
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
	began := time.Now()
	h := newHook(t, "127.0.0.1:8125",
		statsdhook.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		statsdhook.WithDial(func(context.Context, string, string) (net.Conn, error) {
			client, end := faultnet.Pipe(1)
			s.read(end)
			return &flappingConn{client, func() bool { return time.Since(began)/(7*time.Second)%2 == 1 }}, nil
		}))
	checkRunUnchanged(t, h)
	time.Sleep(time.Hour)
	if got := strings.Count(log.String(), "\n"); got < 10 || got > 61 {
		t.Errorf("%d lines in the log of an hour", got)
	}
	if said := shutdown(t, h, time.Second); !strings.Contains(said, "send_error") {
		t.Errorf("Shutdown said %q", said)
	}
	s.reading.Wait()
	if stats := h.Stats(); stats.Delivered == 0 || stats.Delivered != s.count() {
		t.Errorf("%d lines arrived, stats %+v", s.count(), stats)
	}
}

func dnsFailure(t *testing.T) {
	var lookups atomic.Int32
	h := newHook(t, "statsd.example:8125", statsdhook.WithDial(refuseDial),
		statsdhook.WithLookup(func(context.Context, string) ([]string, error) {
			lookups.Add(1)
			return nil, &net.DNSError{Err: "no such host", Name: "statsd.example", IsNotFound: true}
		}))
	checkRunUnchanged(t, h)
	_, ran := runSleepingItems(t)
	time.Sleep(time.Minute - 2*ran)
	if got := lookups.Load(); got < 10 || got > 13 {
		t.Errorf("%d look-ups in a minute", got)
	}
	if said := shutdown(t, h, time.Second); !strings.Contains(said, "resolve_error") {
		t.Errorf("Shutdown said %q", said)
	}
	if stats := h.Stats(); stats.Delivered != 0 || stats.Dropped["resolve_error"] != stats.Produced {
		t.Errorf("stats %+v", stats)
	}
}

func slowDNS(t *testing.T) {
	var took []time.Duration
	h := newHook(t, "statsd.example:8125", statsdhook.WithDial(refuseDial),
		statsdhook.WithLookup(func(ctx context.Context, _ string) ([]string, error) {
			began := time.Now()
			<-ctx.Done()
			took = append(took, time.Since(began))
			return nil, ctx.Err()
		}))
	checkRunUnchanged(t, h)
	time.Sleep(10 * time.Second)
	if said := shutdown(t, h, 8*time.Second); !strings.Contains(said, "resolve_error") {
		t.Errorf("Shutdown said %q", said)
	}
	if len(took) < 2 || took[0] != 3*time.Second || took[1] != 3*time.Second {
		t.Errorf("look-ups took %v", took)
	}
}

func nxdomainThenOK(t *testing.T) {
	s := newServer(t, statsdhook.DogStatsD)
	began := time.Now()
	h := newHook(t, "statsd.example:8125", statsdhook.WithDial(s.dial),
		statsdhook.WithLookup(func(context.Context, string) ([]string, error) {
			if time.Since(began) < 20*time.Second {
				return nil, errors.New("no such host")
			}
			return []string{"192.0.2.1"}, nil
		}))
	checkRunUnchanged(t, h)
	time.Sleep(30 * time.Second)
	checkRunUnchanged(t, h)
	if said := shutdown(t, h, time.Second); !strings.Contains(said, "resolve_error") {
		t.Errorf("Shutdown said %q", said)
	}
	s.reading.Wait()
	if got := s.total("chunkscope.runs executor=sleepy outcome=ok"); got != 1 {
		t.Errorf("%v runs arrived, want the second", got)
	}
}

func addressChange(t *testing.T) {
	var dialled []string
	s := newServer(t, statsdhook.DogStatsD)
	addresses := [][]string{{"::1", "192.0.2.1", "192.0.2.2"}, {"192.0.2.2", "192.0.2.1"}, {"2001:db8::1"}, nil}
	lookups := 0
	h := newHook(t, "statsd.example:8125", statsdhook.WithResolveInterval(10*time.Second),
		statsdhook.WithDial(func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled = append(dialled, network+" "+address)
			return s.dial(ctx, network, address)
		}),
		statsdhook.WithLookup(func(_ context.Context, host string) ([]string, error) {
			if host != "statsd.example" {
				t.Errorf("looked up %q", host)
			}
			found := addresses[min(lookups, len(addresses)-1)]
			lookups++
			return found, nil
		}))
	checkRunUnchanged(t, h)
	time.Sleep(45 * time.Second)
	if said := shutdown(t, h, time.Second); said != "" {
		t.Errorf("Shutdown said %q", said)
	}
	s.reading.Wait()
	if want := []string{"udp 192.0.2.1:8125", "udp [2001:db8::1]:8125"}; !slices.Equal(dialled, want) {
		t.Errorf("dialled %q, want %q: a new one only when the old one is gone, IPv4 if there is a choice", dialled, want)
	}
	if stats := h.Stats(); stats.Delivered != stats.Produced || stats.Delivered != s.count() {
		t.Errorf("%d lines arrived, stats %+v", s.count(), stats)
	}
}

// blackHole is a server that takes everything and says nothing, as UDP always
// does, and then one that takes nothing.
func blackHole(t *testing.T) {
	for _, c := range []struct {
		faults faultnet.Faults
		said   string
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
		said := shutdown(t, h, 2*time.Second)
		if !strings.Contains(said, c.said) || (said == "") != (c.said == "") {
			t.Errorf("Shutdown said %q, want %q", said, c.said)
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
	checkRunUnchanged(t, h) // nobody reads
	began, before := time.Now(), h.Stats()
	if err := h.Flush(context.Background()); err != nil {
		t.Error(err)
	}
	after := h.Stats()
	if took, packets := time.Since(began), after.Errors-before.Errors; packets == 0 || took != time.Duration(packets)*100*time.Millisecond {
		t.Errorf("%d packets were given up in %v, want 100 ms each", packets, took)
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

// deafConn is a connection on which a write waits for Close, whatever its
// deadline.
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
	began := time.Now()
	said := shutdown(t, h, 8*time.Second)
	if took := time.Since(began); took != time.Second || !strings.Contains(said, "shutdown") {
		t.Errorf("Shutdown took %v and said %q", took, said)
	}
}

// fakeClient is a client of the user's. Every call goes to one function.
type funcClient struct {
	statsd.StatSender
	call   func(line string) error
	closed bool
}

func (c *funcClient) Inc(string, int64, float32, ...statsd.Tag) error { return c.call("c") }
func (c *funcClient) TimingDuration(string, time.Duration, float32, ...statsd.Tag) error {
	return c.call("ms")
}
func (c *funcClient) Raw(_, value string, _ float32, _ ...statsd.Tag) error { return c.call(value) }
func (c *funcClient) Close() error                                          { c.closed = true; return nil }

func newClientHook(t *testing.T, client statsd.StatSender, opts ...statsdhook.Option) *statsdhook.Hook {
	t.Helper()
	h, err := statsdhook.NewWithSender(client, append([]statsdhook.Option{discardLog}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func stuckSender(t *testing.T) {
	release := make(chan struct{})
	client := &funcClient{call: func(string) error { <-release; return nil }}
	h := newClientHook(t, client)
	checkRunUnchanged(t, h)
	began, before := time.Now(), h.Stats().Produced
	h.OnItemFailure(t.Context(), core.ItemFailure{Executor: "sleepy", Items: 1, Outcome: core.OutcomeError}) // for the next flush
	said := shutdown(t, h, 8*time.Second)
	if took := time.Since(began); took != 1100*time.Millisecond || !strings.Contains(said, "shutdown") {
		t.Errorf("Shutdown took %v and said %q", took, said)
	}
	stats := h.Stats()
	if stats.Dropped["shutdown"] != stats.Produced || stats.Produced < before+2 {
		t.Errorf("%d lines before, stats %+v", before, stats)
	}
	close(release) // else its goroutine could never end
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
	said := shutdown(t, h, time.Second)
	stats := h.Stats()
	if calls == 0 || stats.Produced != uint64(calls) || stats.Delivered != uint64((calls+1)/3) ||
		stats.Errors != droppedLines(stats) || stats.Dropped["send_error"] != droppedLines(stats) || !strings.Contains(said, "send_error") {
		t.Errorf("%d calls, stats %+v, Shutdown said %q", calls, stats, said)
	}
	if client.closed {
		t.Error("the user's client was closed")
	}
}

// queueFull loses timers, and no counts.
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
	said := shutdown(t, h, time.Second)
	s.reading.Wait()
	stats := h.Stats()
	if got := s.total("chunkscope.chunks executor=full outcome=ok"); got != chunks {
		t.Errorf("%v chunks arrived, want %d", got, chunks)
	}
	if got := len(s.timings["chunkscope.chunk.duration executor=full"]); uint64(got)+stats.Dropped["queue_full"] != chunks {
		t.Errorf("%d timers arrived, stats %+v", got, stats)
	}
	if !strings.Contains(said, "queue_full") || stats.Delivered != s.count() {
		t.Errorf("Shutdown said %q, %d lines arrived, stats %+v", said, s.count(), stats)
	}
}

// udpPort returns a port of this machine that nobody listens at.
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
	stats := h.Stats() // whether the system tells of it depends on the system
	if stats.Dropped["send_error"] != droppedLines(stats) || stats.Produced == 0 {
		t.Errorf("stats %+v", stats)
	}
}

// receiverTooSlow loses what nobody can count. Gauges are sent again, so that
// they are right in the end.
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
		t.Errorf("all of %d lines arrived: the receiver was not slow", before)
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
	for h.Stats().Dropped["timeout"] == 0 { // as many datagrams as the system keeps
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
	if said := shutdown(t, h, time.Second); !strings.Contains(said, "timeout") {
		t.Errorf("Shutdown said %q", said)
	}
	stats := h.Stats()
	eventually(t, s, func() bool { return s.count() == stats.Delivered })
	if dials != 1 || stats.Dropped["timeout"] != droppedLines(stats) {
		t.Errorf("%d dials, stats %+v", dials, stats)
	}
	_ = conn.Close()
	s.reading.Wait()
}
