package statsdhook_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// expectedCounts is a hook that counts what the server should get.
type expectedCounts struct {
	mu      sync.Mutex
	totals  map[string]float64
	timings map[string]time.Duration
	counts  map[string]int
}

func newExpectedCounts() *expectedCounts {
	return &expectedCounts{totals: map[string]float64{}, timings: map[string]time.Duration{}, counts: map[string]int{}}
}

func (c *expectedCounts) HookName() string { return "expected" }

func (c *expectedCounts) add(n int, name, executor, tag string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.totals[strings.TrimSpace(fmt.Sprintf("chunkscope.%s executor=%s %s", name, executor, tag))] += float64(n)
}

func (c *expectedCounts) addTime(d time.Duration, name, executor string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	series := fmt.Sprintf("chunkscope.%s executor=%s", name, executor)
	c.timings[series] += d
	c.counts[series]++
}

func (c *expectedCounts) OnRunEnd(_ context.Context, e core.RunEnd) {
	c.add(1, "runs", e.Executor, "outcome="+e.Outcome.String())
	c.addTime(e.Duration, "run.duration", e.Executor)
	if e.Executor == "streamed" { // its source fails and no item does
		c.add(1, "errors", e.Executor, "type=fs.PathError")
	}
}

func (c *expectedCounts) OnWorkerEnd(_ context.Context, e core.WorkerEnd) {
	c.addTime(e.Busy, "worker.busy", e.Executor)
}

func (c *expectedCounts) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	c.add(1, "chunks", e.Executor, "outcome="+e.Outcome.String())
	c.add(e.ItemsDone-e.ItemsFailed, "items", e.Executor, "outcome=ok")
	c.addTime(e.Duration, "chunk.duration", e.Executor)
	if e.Executor == "remote" {
		c.add(e.Attempts, "chunk.attempts", e.Executor, "")
		c.add(e.WorkersLost, "remote.workers_lost", e.Executor, "")
		c.addTime(e.Waited, "chunk.wait", e.Executor)
	}
	for _, v := range e.Custom {
		c.add(int(v.Value), v.Name, e.Executor, "")
	}
}

func (c *expectedCounts) OnItemFailure(_ context.Context, e core.ItemFailure) {
	kind := "errors.errorString"
	switch {
	case errors.Is(e.Err, core.ErrGoexit):
		kind = "goexit"
	case e.Outcome == core.OutcomePanic:
		kind = "panic"
	case errors.Is(e.Err, fs.ErrNotExist):
		kind = "fs.PathError"
	}
	c.add(e.Items, "items", e.Executor, "outcome="+e.Outcome.String())
	c.add(1, "errors", e.Executor, "type="+kind)
}

// compare checks that the server got the expected counts.
func (c *expectedCounts) compare(t *testing.T, s *server) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(c.totals) < 8 || len(c.timings) < 3 {
		t.Errorf("hardly any event was counted: %v", c.totals)
	}
	for series, want := range c.totals {
		if got := s.totals[series]; got != want {
			t.Errorf("%s: %v arrived, want %v", series, got, want)
		}
	}
	for series, got := range s.totals {
		if _, known := c.totals[series]; !known && got != 0 {
			t.Errorf("%s: %v arrived without an event", series, got)
		}
	}
	for series := range s.timings {
		if c.counts[series] == 0 {
			t.Errorf("%s: timers arrived without an event", series)
		}
	}
	for series, want := range c.timings {
		sum := 0.0
		for _, ms := range s.timings[series] {
			sum += ms
		}
		if got := len(s.timings[series]); got != c.counts[series] || math.Abs(sum-want.Seconds()*1000) > 1e-6*float64(got)+1e-9*sum {
			t.Errorf("%s: %d arrived with %v ms in total, want %d with %v", series, got, sum, c.counts[series], want)
		}
	}
}

// runAllOutcomes runs executors concurrently whose items have every outcome. Each
// executor has a name of its own.
func runAllOutcomes(t *testing.T, hooks ...core.Hook) {
	t.Helper()
	items := make([]int, 500)
	for i := range items {
		items[i] = i
	}
	_, missing := fs.Stat(emptyFS{}, "missing")
	work := func(ctx context.Context, i int) (int, error) {
		testedRows.Add(ctx, 3)
		switch i % 50 {
		case 7:
			return 0, errors.New("wrong")
		case 17:
			return 0, missing
		case 27:
			panic("oh no")
		case 37:
			runtime.Goexit()
		}
		return i, nil
	}
	executor := func(name string, opts ...core.Option) *core.Executor {
		e := core.NewExecutor(append([]core.Option{core.WithName(name), core.WithWorkers(4)}, opts...)...)
		e.Register(hooks...)
		return e
	}
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() { // every run has failures and continues
			e := executor("continuing", core.WithContinueOnError(), core.WithChunkSize(3))
			for range 5 {
				_, _ = core.Map(context.Background(), e, items, work)
			}
		})
	}
	running.Go(func() { // the run tolerates its failures
		_, _ = core.Map(context.Background(), executor("tolerant", core.WithMaxFailedItems(1)), items[:10], work)
	})
	running.Go(func() { // the first failure ends the run
		_, _ = core.Map(context.Background(), executor("fail-fast"), items, work)
	})
	running.Go(func() { // whole chunks fail
		e := executor("chunks", core.WithContinueOnError(), core.WithChunkSize(10))
		_ = core.ForEachChunk(context.Background(), e, items, func(ctx context.Context, chunk []int) error {
			_, err := work(ctx, chunk[7])
			return err
		})
	})
	running.Go(func() { // the chunks are done elsewhere
		e := executor("remote", core.WithChunkSize(10))
		_ = core.ForEachChunk(context.Background(), e, items, func(ctx context.Context, chunk []int) error {
			remote.Waiting(ctx)
			remote.Started(ctx)
			remote.Report(ctx, remote.Result{Worker: "host", Attempts: 2, Lost: chunk[0] % 3})
			return nil
		})
	})
	running.Go(func() { // the caller cancels
		ctx, cancel := context.WithCancel(context.Background())
		_, _ = core.Map(ctx, executor("canceled", core.WithChunkSize(5)), items, func(ctx context.Context, i int) (int, error) {
			if i == 100 {
				cancel()
			}
			return i, ctx.Err()
		})
		cancel()
	})
	running.Go(func() { // the source of a stream fails
		source := func(yield func(int, error) bool) { _ = yield(1, nil) && yield(0, missing) }
		for _, err := range core.Stream(context.Background(), executor("streamed"), source, work) {
			_ = err
		}
	})
	running.Go(func() { // the user has a loop of their own
		ctx, run := executor("loop").Start(context.Background(), 100)
		for range 10 {
			_ = run.Chunk(ctx, 10, func(context.Context) error { return nil })
		}
		run.End(nil)
	})
	running.Wait()
}

type emptyFS struct{}

func (emptyFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func TestExactCountsInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, expected := newServer(t, statsdhook.DogStatsD), newExpectedCounts()
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial))
		runAllOutcomes(t, h, expected)
		if err := h.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		s.reading.Wait()
		expected.compare(t, s)
		if stats := h.Stats(); stats.Delivered != stats.Produced || stats.Delivered != s.count() || stats.Pending != 0 || stats.Errors != 0 {
			t.Errorf("%d lines arrived, stats %+v", s.count(), stats)
		}
		for _, size := range s.packets {
			if size > 1432 {
				t.Errorf("a packet of %d bytes", size)
			}
		}
	})
}

func TestExactCountsOverUnixgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "statsd.sock")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	s, expected := newServer(t, statsdhook.DogStatsD), newExpectedCounts()
	s.read(conn)
	h := newHook(t, "unixgram://"+path)
	runAllOutcomes(t, h, expected)
	if err := h.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	stats := h.Stats()
	eventually(t, s, func() bool { return s.count() == stats.Delivered })
	_ = conn.Close()
	s.reading.Wait()
	expected.compare(t, s)
	if stats.Delivered != stats.Produced || stats.Pending != 0 {
		t.Errorf("stats %+v", stats)
	}
}

// TestCountsOverUDP checks that all delivered lines arrive on the loopback
// interface. The hook cannot know what a network loses.
func TestCountsOverUDP(t *testing.T) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadBuffer(4 << 20); err != nil {
		t.Fatal(err)
	}
	s := newServer(t, statsdhook.DogStatsD)
	s.read(conn)
	h := newHook(t, conn.LocalAddr().String())
	runAllOutcomes(t, h)
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	stats := h.Stats()
	eventually(t, s, func() bool { return s.count()+droppedLines(stats) == stats.Produced })
	_ = conn.Close()
	s.reading.Wait()
}
