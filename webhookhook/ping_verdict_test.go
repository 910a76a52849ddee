package webhookhook_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/webhookhook"
)

// paths returns which URLs were requested, as "POST /ping", without the query.
func (e *endpoint) paths() (all []string) {
	for _, a := range e.attempts() {
		path, _, _ := strings.Cut(a.url, "?")
		all = append(all, a.method+" "+path)
	}
	return all
}

func checkPaths(t *testing.T, e *endpoint, want ...string) {
	t.Helper()
	if got := e.paths(); !slices.Equal(got, want) {
		t.Errorf("requested\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// respondTo responds to some requests, "POST /ping" or "/ping", with a status, to others
// with success.
func respondTo(statuses map[string]int) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		for _, key := range []string{r.Method + " " + r.URL.Path, r.URL.Path, r.Method} {
			if status := statuses[key]; status != 0 {
				w.WriteHeader(status)
				return
			}
		}
	}
}

// TestSuccessIsPingedWhereStartIsUnknown uses a service that has no URL for starts.
func TestSuccessIsPingedWhereStartIsUnknown(t *testing.T) {
	for _, status := range []int{404, 410, 400, 401, 403, 405} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.handle(respondTo(map[string]int{"/beat/start": status}))
				p := e.ping("http://beats.example/beat")
				exec := newExecutor("nightly", p)
				_, run := exec.Start(t.Context(), 0)
				time.Sleep(time.Minute)
				run.End(nil)
				time.Sleep(time.Minute)
				want := []string{"POST /beat/start", "POST /beat"}
				failed := uint64(1)
				if status == 405 {
					want, failed = slices.Insert(want, 1, "GET /beat/start"), 2
				}
				checkPaths(t, e, want...)
				checkTimes(t, "the success", e.arrivals()[len(want)-1:], 60)
				reason := webhookhook.StatusReason(status)
				checkStats(t, p, 2, 1, failed, map[string]uint64{reason: 1})
				if lines := e.recorder.all(); (status == 404 || status == 410) != strings.Contains(lines[0], "does not know the URL for starts") {
					t.Errorf("logged %q", lines)
				}
				checkShutdown(t, p, "webhookhook.ping: http://beats.example: 1 of 2 lost: 1 "+reason)
			})
		})
	}
}

// TestOneHostSaysNothingOfAnother has URLs on three hosts, two of which do not work.
func TestOneHostSaysNothingOfAnother(t *testing.T) {
	for name, dial := range map[string]func(ctx context.Context) error{
		"refuses":    func(context.Context) error { return errors.New("connection refused") },
		"black hole": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"is unknown": func(context.Context) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.handle(respondTo(map[string]int{"/begin": 404, "/broken": 404}))
				client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
					if !strings.HasPrefix(addr, "good.") {
						if err := dial(ctx); err != nil {
							return nil, err
						}
					}
					return e.net.Dial(ctx, network, addr)
				}}}
				p := e.ping("", webhookhook.WithHTTPClient(client),
					webhookhook.WithPingURLs("http://start.example/begin", "http://good.example/finish", "http://fail.example/broken"))
				if p.String() != "webhookhook.ping(http://start.example, http://good.example, http://fail.example)" {
					t.Errorf("shown as %s", p)
				}
				runOnce(t, "nightly", errBoom, p)
				time.Sleep(time.Second)
				runOnce(t, "nightly", nil, p)
				start := time.Now()
				if err := p.Shutdown(context.Background()); err == nil || strings.Contains(err.Error(), "good.example") {
					t.Errorf("Shutdown returned %v", err)
				}
				if took := time.Since(start); took > 8*time.Second {
					t.Errorf("Shutdown took %v", took)
				}
				if n := countPaths(e, "POST /finish"); n != 1 || p.Stats().Delivered != 1 || p.Stats().Pending != 0 {
					t.Errorf("the success arrived %d times: %+v", n, p.Stats())
				}
				time.Sleep(5 * time.Second) // net/http lets an attempt to connect end by itself
			})
		})
	}
}

func countPaths(e *endpoint, path string) (n int) {
	for _, p := range e.paths() {
		if p == path {
			n++
		}
	}
	return n
}

// TestUnknownURLDoesNotHoldBackAnother ends runs at a service that does not know the
// URL for failures. Successes arrive at once, before Shutdown and during it.
func TestUnknownURLDoesNotHoldBackAnother(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.handle(respondTo(map[string]int{"/beat/fail": 404}))
		p := e.ping("", webhookhook.WithPingURLs("", "http://beats.example/beat", "http://beats.example/beat/fail"))
		runOnce(t, "nightly", errBoom, p)
		time.Sleep(10 * time.Second)
		runOnce(t, "nightly", nil, p)
		time.Sleep(5 * time.Second)
		if n := countPaths(e, "POST /beat"); n != 1 {
			t.Errorf("the success arrived %d times: %q", n, e.paths())
		}
		time.Sleep(time.Hour)
		if s := p.Stats(); s.Delivered != 1 || s.Dropped["gave_up"] != 1 || s.Pending != 0 {
			t.Errorf("stats %+v", s)
		}
		runOnce(t, "nightly", errBoom, p)
		runOnce(t, "nightly", nil, p)
		checkShutdown(t, p, "webhookhook.ping: http://beats.example: 2 of 4 lost: 1 gave_up, 1 shutdown; ends of runs among them: 2")
		if n := countPaths(e, "POST /beat"); n != 2 {
			t.Errorf("the second success arrived %d times in all", n)
		}
	})
}

// TestPingsKeepTheirOrderThroughAnOutage ends runs while an endpoint knows none of its
// URLs. The last state of the check is that of the last run.
func TestPingsKeepTheirOrderThroughAnOutage(t *testing.T) {
	for _, status := range []int{404, 410, 503} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
				p := e.ping("", webhookhook.WithPingURLs("", "http://h.example/ok/{run_id}", "http://h.example/fail/{run_id}"))
				var want []string
				for i := range 8 {
					err := errBoom
					path := "POST /fail/"
					if i%3 == 1 {
						err, path = nil, "POST /ok/"
					}
					want = append(want, path+strconv.Itoa(i))
					runAs(t, strconv.Itoa(i), err, p)
					time.Sleep(7 * time.Second)
				}
				before := len(e.attempts())
				e.handle(nil)
				time.Sleep(40 * time.Second)
				if got := e.paths()[before:]; !slices.Equal(got, want) {
					t.Errorf("arrived %q, want %q", got, want)
				}
				checkShutdown(t, p, "")
			})
		})
	}
}

// TestUnknownURLsTakeBoundedMemory ends more runs than the queue has room for.
func TestUnknownURLsTakeBoundedMemory(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
		p := e.ping("", webhookhook.WithPingURLs("", "http://h.example/ok", "http://h.example/fail"), webhookhook.WithQueueSize(4))
		for i := range 100 {
			runOnce(t, fmt.Sprint("job ", i), errBoom, p)
			time.Sleep(2500 * time.Millisecond)
		}
		if s := p.Stats(); s.Pending > 9 || s.Dropped["queue_full"] < 80 {
			t.Errorf("stats %+v", s)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Flush(ctx); err == nil {
			t.Error("Flush does not wait for pings that were set aside")
		}
		time.Sleep(time.Hour)
		if s := p.Stats(); s.Pending != 0 || s.Delivered != 0 {
			t.Errorf("stats %+v", s)
		}
		_ = p.Shutdown(context.Background())
	})
}
