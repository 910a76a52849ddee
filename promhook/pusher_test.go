package promhook_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/promhook"
)

// TestPusherConformance runs the suite with a gateway that is up and one that is
// down.
func TestPusherConformance(t *testing.T) {
	for name, transport := range map[string]*fakeTransport{
		"up":   {},
		"down": {respond: func(*http.Request) (*http.Response, error) { return nil, errBoom }},
	} {
		t.Run(name, func(t *testing.T) {
			hooktest.Conformance(t, func() core.Hook {
				pusher, _ := newPusher(t, transport)
				return pusher
			})
		})
	}
}

// TestPusherPausesBetweenPushes has runs end in quick succession. The pushes come
// one at a time, a second apart, and the last one has everything.
func TestPusherPausesBetweenPushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &slowGateway{latency: 50 * time.Millisecond}
		pusher, e := g.newPusher(t)
		for range 35 {
			runOK(t, e)
			time.Sleep(100 * time.Millisecond) // the time between runs
		}
		if err := pusher.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		// The two requests of a push take 0.1 s, the pause after it 1 s.
		g.wantPushes(t, 0, 1100*time.Millisecond, 2200*time.Millisecond, 3300*time.Millisecond, 3500*time.Millisecond)
		stats := pusher.Stats()
		if stats.Produced != 35 || stats.Delivered != 5 || stats.Dropped["superseded"] != 30 || stats.Pending != 0 || stats.Errors != 0 {
			t.Errorf("stats %+v", stats)
		}
		wantContains(t, g.lastBody, "chunkscope_items_total")
	})
}

// TestPusherPushesInShutdown checks that Shutdown pushes after long silence too:
// what is not of a run may have changed, such as the health of hooks.
func TestPusherPushesInShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &slowGateway{}
		pusher, e := g.newPusher(t)
		runOK(t, e)
		time.Sleep(time.Hour)
		for range 2 {
			if err := pusher.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
		g.wantPushes(t, 0, time.Hour)
		runOK(t, e)
		if stats := pusher.Stats(); stats.Dropped["closed"] != 1 || stats.Pending != 0 {
			t.Errorf("after a run that came too late: %+v", stats)
		}
		unused := &slowGateway{}
		pusher, _ = unused.newPusher(t)
		if err := pusher.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		unused.wantPushes(t)
	})
}

// TestPusherCountsTheRunFirst checks that the hook has counted a run when its
// push begins.
func TestPusherCountsTheRunFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bodies []string
		pusher, e := newPusher(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			bodies = append(bodies, string(body))
			return newResponse(http.StatusOK, ""), err
		}))
		runOK(t, e)
		synctest.Wait()
		if len(bodies) != 2 {
			t.Fatalf("%d requests for a run, want one for the process and one for the executor", len(bodies))
		}
		wantContains(t, bodies[1], "chunkscope_run_last_success_timestamp_seconds")
		if err := pusher.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestPusherWhileTheGatewayIsDown checks that the failure is logged once, and that
// the next push, or the last, makes up for it.
func TestPusherWhileTheGatewayIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		g := &slowGateway{down: true}
		pusher, e := g.newPusher(t, promhook.WithPushLogger(slog.New(slog.NewTextHandler(&log, nil))))
		for range 3 {
			runOK(t, e)
			time.Sleep(10 * time.Second)
		}
		if stats := pusher.Stats(); stats.Pending != 3 || stats.Errors != 3 {
			t.Errorf("while the gateway is down: %+v", stats)
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 1 {
			t.Errorf("%d warnings, want one:\n%s", n, log.String())
		}
		wantContains(t, log.String(), `level=WARN msg="promhook: cannot push to the Pushgateway" error="promhook: cannot push the metrics of the process to http://gateway.example: it is down`)

		g.setDown(false)
		time.Sleep(time.Minute)
		runFailing(t, e)
		time.Sleep(time.Second)
		if stats := pusher.Stats(); stats.Pending != 0 || stats.Delivered != 1 || stats.Dropped["superseded"] != 3 {
			t.Errorf("when the gateway is back: %+v", stats)
		}
		wantContains(t, log.String(), `level=INFO msg="promhook: the Pushgateway accepts pushes again"`)
		wantContains(t, g.lastBody, "chunkscope_run_last_success_timestamp_seconds") // of the runs before

		g.setDown(true)
		runOK(t, e)
		synctest.Wait()
		err := pusher.Shutdown(t.Context())
		want := "promhook.push: pushes: 2 of 6 lost: 2 shutdown\npromhook: cannot push the metrics of the process to http://gateway.example: it is down"
		if err == nil || err.Error() != want {
			t.Errorf("Shutdown returned %v, want %s", err, want)
		}
		if strings.Contains(log.String(), "pass") {
			t.Errorf("the password is logged:\n%s", log.String())
		}
	})
}

// TestPusherKeepsTheLastSuccess checks that a process whose run fails pushes no
// time of a success. So the gateway keeps that of an earlier process.
func TestPusherKeepsTheLastSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &slowGateway{}
		pusher, e := g.newPusher(t)
		runFailing(t, e)
		if err := pusher.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		wantContains(t, g.lastBody, "chunkscope_run_last_completion_timestamp_seconds")
		if strings.Contains(g.lastBody, "chunkscope_run_last_success_timestamp_seconds") {
			t.Error("a success is pushed")
		}
	})
}

// TestPusherLeavesAHangingGateway checks that Shutdown returns when its context
// ends.
func TestPusherLeavesAHangingGateway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &slowGateway{latency: time.Hour}
		pusher, e := g.newPusher(t)
		runOK(t, e)
		synctest.Wait()
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		err := pusher.Shutdown(ctx)
		if took := time.Since(began); err == nil || took != 3*time.Second {
			t.Errorf("Shutdown returned %v after %v", err, took)
		}
	})
}

// TestPusherHealthIsExported checks that the hook exports the Pusher's health
// without WithStatsFrom.
func TestPusherHealthIsExported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook, registry := newHook()
		pusher, err := promhook.NewPusher(hook, gatewayAddress, nil, promhook.WithPushLogger(nil), promhook.WithPushClient(&http.Client{Transport: &fakeTransport{}}))
		if err != nil {
			t.Fatal(err)
		}
		scrape(t, registry).want(t, `hook_delivered_total{hook="promhook.push"}`, 0)
		runOK(t, newExecutor("pushed", []core.Hook{pusher, hook}))
		synctest.Wait()
		scrape(t, registry).want(t, `hook_delivered_total{hook="promhook.push"}`, 1)
		if err := pusher.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestInvalidPusher checks that NewPusher reports every mistake and repeats no
// part of the address.
func TestInvalidPusher(t *testing.T) {
	hook, registry := newHook()
	for name, c := range map[string]struct {
		hook    *promhook.Hook
		address string
		want    []string
	}{
		"no hook":    {nil, gatewayAddress, []string{"promhook: NewPusher: the hook is nil"}},
		"no address": {hook, "", []string{"promhook: the address of the Pushgateway has no host"}},
		"query":      {hook, "http://gateway?key=s3cret", []string{"promhook: the address of the Pushgateway has no host, or has a query"}},
		"not a URL":  {hook, "http://us3r:s3cret@gateway:p0rt", []string{"promhook: the address of the Pushgateway is not a URL"}},
		"both":       {nil, "s3cret\x7f", []string{"promhook: NewPusher: the hook is nil", "promhook: the address of the Pushgateway is not a URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			pusher, err := promhook.NewPusher(c.hook, c.address)
			if err == nil || pusher != nil {
				t.Fatalf("NewPusher returned %v, %v", pusher, err)
			}
			wantContains(t, err.Error(), c.want...)
			if n := strings.Count(err.Error(), "promhook: "); n != len(c.want) {
				t.Errorf("%d mistakes are reported, want %d: %v", n, len(c.want), err)
			}
			for _, secret := range []string{"us3r", "s3cret", "p0rt"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats %q: %v", secret, err)
				}
			}
		})
	}
	scrape(t, registry).wantNone(t, "hook_pending")
}

// TestPusherHidesTheAddress checks that a Pusher in a program's output shows
// nothing of its address.
func TestPusherHidesTheAddress(t *testing.T) {
	pusher, _ := newPusher(t, &fakeTransport{})
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, pusher); strings.Contains(text, "pass") || strings.Contains(text, "gateway.example") {
			t.Errorf("%s shows the address: %s", format, text)
		}
	}
}
