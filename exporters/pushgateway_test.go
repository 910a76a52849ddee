package exporters_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/promhook"
)

// gateway is a Pushgateway in a bubble.
type gateway struct {
	started time.Time
	latency time.Duration // of each request

	mu         sync.Mutex
	down       bool
	busy       bool
	pushes     []time.Duration // when each push began
	last       string          // body of the last request for an executor
	concurrent bool            // there were two requests at once
}

func (g *gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	g.concurrent = g.concurrent || g.busy
	g.busy = true
	if strings.Contains(r.URL.Path, "/executor/") {
		g.last = string(body)
	} else {
		g.pushes = append(g.pushes, time.Since(g.started))
	}
	down := g.down
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.busy = false
	}()
	select {
	case <-time.After(g.latency):
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
	if down {
		return nil, errors.New("it is down")
	}
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func (g *gateway) times() []time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pushes
}

// suite returns a suite that pushes to g.
func (g *gateway) suite(t *testing.T, log *slog.Logger) *exporters.Suite {
	t.Helper()
	g.started = time.Now()
	return newSuite(t, exporters.WithPrometheus("", ownRegistry()), exporters.WithLogger(log),
		exporters.WithPushgateway("http://user:pass@gateway.example", promhook.WithPushClient(&http.Client{Transport: g})))
}

// TestPushes has runs that end in quick succession. Pushes come one at a time, a
// second apart, and the last one has everything.
func TestPushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{latency: 50 * time.Millisecond}
		s := g.suite(t, slog.New(slog.DiscardHandler))
		for range 35 {
			run(t, s.Hook(), "pushed", false)
			time.Sleep(100 * time.Millisecond)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		// The two requests of a push take 0.1 s; then comes a pause of 1 s.
		if at := g.times(); !slices.Equal(at, []time.Duration{0, 1100 * time.Millisecond, 2200 * time.Millisecond, 3300 * time.Millisecond, 3500 * time.Millisecond}) {
			t.Errorf("pushes began at %v", at)
		}
		if g.concurrent {
			t.Error("there were two requests at once")
		}
		stats := statsOf(t, s, "promhook.push")
		if stats.Produced != 35 || stats.Delivered != 5 || stats.Dropped["superseded"] != 30 || stats.Pending != 0 || stats.Errors != 0 {
			t.Errorf("stats %+v", stats)
		}
	})
}

// TestLastPush holds that Shutdown pushes even if no run has ended for long: the
// health of the hooks may have changed.
func TestLastPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{}
		s := g.suite(t, slog.New(slog.DiscardHandler))
		run(t, s.Hook(), "pushed", false)
		time.Sleep(time.Hour)
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if at := g.times(); !slices.Equal(at, []time.Duration{0, time.Hour}) {
			t.Errorf("pushes began at %v", at)
		}
		unused := &gateway{}
		if err := unused.suite(t, nil).Shutdown(t.Context()); err != nil || unused.times() != nil {
			t.Errorf("a suite without a run pushed at %v, %v", unused.times(), err)
		}
	})
}

// TestFailedPush holds that a gateway which is down is logged once, and that the
// next push, or the last, delivers what the failed ones did not.
func TestFailedPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log syncBuffer
		g := &gateway{down: true}
		s := g.suite(t, slog.New(slog.NewTextHandler(&log, nil)))
		for range 3 {
			run(t, s.Hook(), "pushed", false)
			time.Sleep(10 * time.Second)
		}
		if stats := statsOf(t, s, "promhook.push"); stats.Pending != 3 || stats.Errors != 3 {
			t.Errorf("while it is down: %+v", stats)
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, log.String())
		}
		contains(t, "the log", log.String(), `level=WARN msg="promhook: cannot push to the Pushgateway" error="promhook: cannot push the metrics of the process to http://gateway.example: it is down`)
		g.mu.Lock()
		g.down = false
		g.mu.Unlock()
		time.Sleep(time.Minute)
		run(t, s.Hook(), "pushed", true)
		time.Sleep(time.Second)
		if stats := statsOf(t, s, "promhook.push"); stats.Pending != 0 || stats.Delivered != 1 || stats.Dropped["superseded"] != 3 {
			t.Errorf("when it is back: %+v", stats)
		}
		contains(t, "the log", log.String(), "the Pushgateway accepts pushes again")
		contains(t, "the last push", g.last, "chunkscope_run_last_success_timestamp_seconds") // of a run before
		if strings.Contains(log.String(), "pass") {
			t.Errorf("the password is logged:\n%s", log.String())
		}
		g.mu.Lock()
		g.down = true
		g.mu.Unlock()
		run(t, s.Hook(), "pushed", false)
		synctest.Wait()
		err := s.Shutdown(t.Context())
		want := "promhook.push: pushes: 2 of 6 lost: 2 shutdown\npromhook: cannot push the metrics of the process to http://gateway.example: it is down"
		if err == nil || err.Error() != want {
			t.Errorf("Shutdown returned %v, want %s", err, want)
		}
	})
}

// TestPushOfFailedRun holds that a process whose run failed pushes no time of a
// success, so that the gateway keeps that of an earlier process.
func TestPushOfFailedRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{}
		s := g.suite(t, slog.New(slog.DiscardHandler))
		run(t, s.Hook(), "pushed", true)
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		contains(t, "the push", g.last, "chunkscope_run_last_completion_timestamp_seconds")
		if strings.Contains(g.last, "chunkscope_run_last_success_timestamp_seconds") {
			t.Error("a success is pushed")
		}
	})
}

// TestHangingGateway holds that Shutdown stops waiting for a gateway when its time
// is up.
func TestHangingGateway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{latency: time.Hour}
		s := g.suite(t, slog.New(slog.DiscardHandler))
		run(t, s.Hook(), "pushed", false)
		synctest.Wait()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		err := s.Shutdown(ctx)
		if took := time.Since(start); err == nil || took != 3*time.Second {
			t.Errorf("Shutdown returned %v after %v", err, took)
		}
	})
}
