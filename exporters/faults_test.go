package exporters_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

// jobResult is all that a program sees of its job.
type jobResult struct {
	results []int
	text    string
	took    time.Duration
}

// runJob runs items that take a while on the bubble's clock. Every tenth fails.
func runJob(t *testing.T, hook core.Hook, n int) jobResult {
	t.Helper()
	exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(4), core.WithChunkSize(10), core.WithContinueOnError())
	exec.Register(hook)
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	began := time.Now()
	results, err := core.Map(t.Context(), exec, items, func(_ context.Context, i int) (int, error) {
		time.Sleep(time.Duration(i%7) * time.Millisecond)
		if i%10 == 9 {
			return 0, errBoom
		}
		return i * i, nil
	})
	if err == nil {
		t.Error("no item failed")
	}
	return jobResult{results, err.Error(), time.Since(began)}
}

// TestBlackHoles holds that backends which never answer do not change a job.
func TestBlackHoles(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "fake")
	t.Setenv("OTEL_METRICS_EXPORTER", "fake")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000") // two exports at once share a mutex, and stop the bubble's clock
	socket := fullSocket(t)
	for _, c := range []struct {
		name        string
		limit, took time.Duration // no limit if it is 0
	}{
		{"3 s", 3 * time.Second, 3 * time.Second},
		{"no limit", 0, 8 * time.Second},
		{"no time", 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newFakeBackends(t)
				w.set(blackHole)
				want := runJob(t, nil, 1000)
				s := w.suite(t, socket)
				if got := runJob(t, s.Hook(), 1000); !reflect.DeepEqual(got, want) {
					t.Errorf("the job returned %v, want %v", got, want)
				}
				ctx := t.Context()
				if c.limit > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.limit)
					defer cancel()
				}
				began := time.Now()
				err := s.Shutdown(ctx)
				if took := time.Since(began); took != c.took {
					t.Errorf("Shutdown took %v", took)
				}
				if err == nil {
					t.Fatal("Shutdown reports no loss")
				}
				contains(t, "the error", err.Error(),
					"spans lost", "otelhook: shutdown of metrics: ",
					"promhook.push: pushes: ", "statsdhook: Shutdown: metric lines: ",
					"webhookhook: http://chat.example: ", "ends of runs among them: 1",
					"webhookhook.ping: http://switch.example: ")
				checkSettled(t, s)
				ended := time.Now()
				time.Sleep(time.Minute)
				if since := w.lastGaveUp().Sub(ended); since > 100*time.Millisecond {
					t.Errorf("a client waited for a backend for %v longer", since)
				}
			})
		})
	}
}

// checkSettled reports an error for each hook of a suite that has something
// pending, or lost something without counting it.
func checkSettled(t *testing.T, s *exporters.Suite) {
	t.Helper()
	for _, h := range exporters.Hooks(s) {
		r, ok := h.(core.StatsReporter)
		if !ok {
			continue
		}
		stats := r.Stats()
		sum := stats.Delivered
		for _, n := range stats.Dropped {
			sum += n
		}
		if stats.Pending != 0 || stats.Produced != sum {
			t.Errorf("%s: %+v", r.HookName(), stats)
		}
	}
}

// TestBackendsFlap changes the state of all backends every second for an hour, in
// which a job runs every ten seconds. Then the backends stay up.
func TestBackendsFlap(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "fake")
	t.Setenv("OTEL_METRICS_EXPORTER", "fake")
	socket, setSocket := flappingSocket(t)
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 0))
		w := newFakeBackends(t)
		want := runJob(t, nil, 40)
		var log syncBuffer
		s := w.suite(t, socket, exporters.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		runs := 0
		for second := range 3600 {
			state := backendState(random.IntN(3))
			w.set(state)
			setSocket(state == up)
			next := time.Now().Add(time.Second)
			if second%10 == 0 {
				runs++
				if got := runJob(t, s.Hook(), 40); !reflect.DeepEqual(got, want) {
					t.Errorf("in second %d, the job returned %v, want %v", second, got, want)
				}
			}
			time.Sleep(time.Until(next))
		}
		for path, most := range map[string]int{"/hook": 3600, "/ping": 3600, "/metrics/job": 2 * runs, "/v1/traces": 3600, "/v1/metrics": 3600} {
			if n := w.requests(path); n < runs/3 && path != "/v1/metrics" || n > most {
				t.Errorf("%d requests for %s in an hour of %d runs", n, path, runs)
			}
		}
		for _, line := range []string{"Pushgateway", "msg=\"otelhook", "hook=webhookhook ", "hook=webhookhook.ping ", "msg=\"statsdhook"} {
			if n := strings.Count(log.String(), line); n == 0 || n > 61 {
				t.Errorf("%d lines of the log with %q in an hour", n, line)
			}
		}
		w.set(up)
		setSocket(true)
		time.Sleep(5 * time.Minute) // what has waited for long is delivered, or dropped
		before := map[string]uint64{}
		for _, name := range []string{"webhookhook", "webhookhook.ping", "promhook.push", "statsdhook"} {
			stats := statsOf(t, s, name)
			if before[name] = stats.Delivered; stats.Delivered == 0 || stats.Errors == 0 {
				t.Errorf("%s after the hour: %+v", name, stats)
			}
		}
		runJob(t, s.Hook(), 40)
		time.Sleep(10 * time.Second)
		for name, delivered := range before {
			if stats := statsOf(t, s, name); stats.Delivered == delivered || stats.Pending != 0 {
				t.Errorf("%s has not recovered: %+v", name, stats)
			}
		}
		err := s.Shutdown(t.Context())
		if err == nil {
			t.Fatal("Shutdown reports no loss")
		}
		contains(t, "the error", err.Error(), "otelhook: ", " spans lost", "statsdhook: Shutdown: metric lines: ")
		if strings.Contains(err.Error(), "promhook.push") {
			t.Errorf("the last push had everything: %v", err)
		}
		checkSettled(t, s)
	})
}

func statsOf(t *testing.T, s *exporters.Suite, name string) core.HookStats {
	t.Helper()
	for _, h := range exporters.Hooks(s) {
		if r, ok := h.(core.StatsReporter); ok && h.HookName() == name {
			return r.Stats()
		}
	}
	t.Fatalf("there is no hook %s with stats", name)
	return core.HookStats{}
}
