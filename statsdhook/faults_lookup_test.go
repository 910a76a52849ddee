package statsdhook_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/statsdhook"
)

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
	if text := shutdown(t, h, time.Second); !strings.Contains(text, "resolve_error") {
		t.Errorf("Shutdown returned %q", text)
	}
	if stats := h.Stats(); stats.Delivered != 0 || stats.Dropped["resolve_error"] != stats.Produced {
		t.Errorf("stats %+v", stats)
	}
}

func slowDNS(t *testing.T) {
	var durations []time.Duration
	h := newHook(t, "statsd.example:8125", statsdhook.WithDial(refuseDial),
		statsdhook.WithLookup(func(ctx context.Context, _ string) ([]string, error) {
			start := time.Now()
			<-ctx.Done()
			durations = append(durations, time.Since(start))
			return nil, ctx.Err()
		}))
	checkRunUnchanged(t, h)
	time.Sleep(10 * time.Second)
	if text := shutdown(t, h, 8*time.Second); !strings.Contains(text, "resolve_error") {
		t.Errorf("Shutdown returned %q", text)
	}
	if len(durations) < 2 || durations[0] != 3*time.Second || durations[1] != 3*time.Second {
		t.Errorf("look-ups took %v", durations)
	}
}

func nxdomainThenOK(t *testing.T) {
	s := newServer(t, statsdhook.DogStatsD)
	start := time.Now()
	h := newHook(t, "statsd.example:8125", statsdhook.WithDial(s.dial),
		statsdhook.WithLookup(func(context.Context, string) ([]string, error) {
			if time.Since(start) < 20*time.Second {
				return nil, errors.New("no such host")
			}
			return []string{"192.0.2.1"}, nil
		}))
	checkRunUnchanged(t, h)
	time.Sleep(30 * time.Second)
	checkRunUnchanged(t, h)
	if text := shutdown(t, h, time.Second); !strings.Contains(text, "resolve_error") {
		t.Errorf("Shutdown returned %q", text)
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
				t.Errorf("the hook looked up %q", host)
			}
			found := addresses[min(lookups, len(addresses)-1)]
			lookups++
			return found, nil
		}))
	checkRunUnchanged(t, h)
	time.Sleep(45 * time.Second)
	if text := shutdown(t, h, time.Second); text != "" {
		t.Errorf("Shutdown returned %q", text)
	}
	s.reading.Wait()
	if want := []string{"udp 192.0.2.1:8125", "udp [2001:db8::1]:8125"}; !slices.Equal(dialled, want) {
		t.Errorf("dialled %q, want %q: the hook changes the address only when it is gone, and prefers IPv4", dialled, want)
	}
	if stats := h.Stats(); stats.Delivered != stats.Produced || stats.Delivered != s.count() {
		t.Errorf("%d lines arrived, stats %+v", s.count(), stats)
	}
}
