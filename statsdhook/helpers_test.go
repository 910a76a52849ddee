package statsdhook_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// logBuffer keeps what is logged.
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

// runSleepingItems runs items that take 10 ms each, and returns the results and
// the duration. In virtual time the duration shows what hooks add.
func runSleepingItems(t *testing.T, hooks ...core.Hook) (results []int, took time.Duration) {
	t.Helper()
	e := core.NewExecutor(core.WithName("sleepy"), core.WithWorkers(3), core.WithChunkSize(2))
	e.Register(hooks...)
	items := make([]int, 300)
	for i := range items {
		items[i] = i
	}
	start := time.Now()
	results, err := core.Map(context.Background(), e, items, func(_ context.Context, i int) (int, error) {
		time.Sleep(10 * time.Millisecond)
		return i * i, nil
	})
	if err != nil {
		t.Error(err)
	}
	return results, time.Since(start)
}

// checkRunUnchanged checks that a run with the hook has the same results and
// duration as one without.
func checkRunUnchanged(t *testing.T, h *statsdhook.Hook) {
	t.Helper()
	want, without := runSleepingItems(t)
	got, with := runSleepingItems(t, h)
	if !slices.Equal(got, want) || with != without {
		t.Errorf("the run took %v with the hook and %v without; results equal: %v", with, without, slices.Equal(got, want))
	}
	checkBalance(t, h.Stats())
}

// shutdown shuts the hook down and returns the text of the error. It checks that
// this takes no longer than limit.
func shutdown(t *testing.T, h *statsdhook.Hook, limit time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	start := time.Now()
	err := h.Shutdown(ctx)
	if took := time.Since(start); took > limit {
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

// funcClient is a user's client that passes every call to one function.
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

func (c *funcClient) Close() error { c.closed = true; return nil }

func newClientHook(t *testing.T, client statsd.StatSender, opts ...statsdhook.Option) *statsdhook.Hook {
	t.Helper()
	h, err := statsdhook.NewWithSender(client, append([]statsdhook.Option{discardLog}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// discardLog keeps expected failures out of the tests' output.
var discardLog = statsdhook.WithLogger(slog.New(slog.DiscardHandler))

// newHook returns a new hook. The test shuts it down.
func newHook(t *testing.T, addr string, opts ...statsdhook.Option) *statsdhook.Hook {
	t.Helper()
	h, err := statsdhook.New(addr, append([]statsdhook.Option{discardLog}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// checkBalance checks that every line is accounted for.
func checkBalance(t *testing.T, s core.HookStats) {
	t.Helper()
	sum := s.Delivered + s.Pending
	for _, n := range s.Dropped {
		sum += n
	}
	if s.Produced != sum {
		t.Errorf("%d lines produced, but %d accounted for: %+v", s.Produced, sum, s)
	}
}

// droppedLines returns the number of lines that were dropped.
func droppedLines(s core.HookStats) (n uint64) {
	for _, dropped := range s.Dropped {
		n += dropped
	}
	return n
}
