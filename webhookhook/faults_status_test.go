package webhookhook_test

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func testTooManyRequests(t *testing.T) {
	for _, c := range []struct {
		name, header, value, body string
		wait                      float64
	}{
		{"seconds", "Retry-After", "7", "", 7},
		{"HTTP-date", "Retry-After", "+20s", "", 20},
		{"float JSON", "", "", `{"message": "slow down", "retry_after": 2.5}`, 2.5},
		{"float header of Discord", "X-RateLimit-Reset-After", "3.25", "", 3.25},
		{"zero", "Retry-After", "0", "", 1},
		{"negative", "Retry-After", "-5", "", 1},
		{"date in the past", "Retry-After", "-20s", "", 1},
		{"year 9999", "Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT", "", 60},
		{"huge", "Retry-After", "1e300", "", 60},
		{"garbage", "Retry-After", "soon", "{", 1}, // a backoff of 0.5 s, and one attempt a second
		{"NaN", "Retry-After", "NaN", "", 1},
		{"nothing", "", "", "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.handle(func(n int, w http.ResponseWriter, _ *http.Request) {
					if n > 0 {
						return
					}
					value := c.value
					if d, err := time.ParseDuration(value); err == nil && value != "0" {
						value = time.Now().Add(d).UTC().Format(http.TimeFormat)
					}
					if c.header != "" {
						w.Header().Set(c.header, value)
					}
					w.WriteHeader(http.StatusTooManyRequests)
					_, _ = io.WriteString(w, c.body)
				})
				h := e.hook()
				runOnce(t, "nightly", errBoom, h)
				time.Sleep(2 * time.Minute)
				checkTimes(t, "attempts", e.arrivals(), 0, c.wait)
				header := http.Header{"Retry-After": {c.value}}
				if _, err := strconv.Atoi(c.value); err == nil && webhookhook.RetryAfter(header, nil, time.Now()) != seconds(c.wait)[0] {
					t.Errorf("%s is read as %v", c.value, webhookhook.RetryAfter(header, nil, time.Now()))
				}
				checkShutdown(t, h, "")
			})
		})
	}
	t.Run("others wait, too", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			e.handle(func(n int, w http.ResponseWriter, _ *http.Request) {
				if n == 0 {
					w.Header().Set("Retry-After", "30")
					w.WriteHeader(http.StatusTooManyRequests)
				}
			})
			h := e.hook()
			runOnce(t, "a", errBoom, h)
			runOnce(t, "b", errBoom, h)
			time.Sleep(time.Minute)
			checkTimes(t, "attempts", e.arrivals(), 0, 30, 31)
			checkShutdown(t, h, "")
		})
	})
}

func testTemporaryFailures(t *testing.T) {
	for _, status := range []int{408, 425, 500, 502, 503, 504, 599} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
				h := e.hook(webhookhook.WithEvents(webhookhook.RunStarted))
				runOnce(t, "start", errBoom, h)
				time.Sleep(time.Hour)
				checkTimes(t, "attempts for a start", e.arrivals(), 0, 1, 2, 4, 8)
				checkStats(t, h, 1, 0, 5, map[string]uint64{"gave_up": 1})
				dropAll(h)
			})
		})
	}
	t.Run("any backoff", func(t *testing.T) { // property: every delay within the cap, the sum within the budget
		for seed := range uint64(20) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
				h := e.hook(webhookhook.WithRandom(rand.New(rand.NewPCG(seed, 0)).Float64))
				runOnce(t, "nightly", errBoom, h)
				time.Sleep(time.Hour)
				times := e.arrivals()
				for i := 1; i < len(times); i++ {
					if d := times[i] - times[i-1]; d < aSecond || d > webhookhook.BackoffMax {
						t.Errorf("seed %d: %v between two attempts", seed, d)
					}
				}
				if last := times[len(times)-1]; last > webhookhook.PersistentLimit || last < webhookhook.PersistentLimit-webhookhook.BackoffMax {
					t.Errorf("seed %d: the last attempt of %d came after %v", seed, len(times), last)
				}
				dropAll(h)
			})
		}
	})
}

func testPermanentFailures(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		for status := 200; status <= 599; status++ {
			e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			before := len(e.attempts())
			h := e.hook(webhookhook.WithLogger(slog.New(slog.DiscardHandler)))
			runOnce(t, "nightly", errBoom, h)
			synctest.Wait()
			if n := len(e.attempts()) - before; n != 1 {
				t.Errorf("status %d: %d attempts at once", status, n)
			}
			s := h.Stats()
			word := "retry"
			switch {
			case s.Delivered == 1:
				word = "delivered"
			case s.Dropped["status_404"]+s.Dropped["status_410"] == 1:
				word = "gone"
			case s.Pending == 0:
				word = "rejected"
				if s.Dropped[webhookhook.StatusReason(status)] != 1 {
					t.Errorf("status %d is counted in %v", status, s.Dropped)
				}
			}
			if want := webhookhook.Verdict(status); word != want {
				t.Errorf("status %d: %s, want %s", status, word, want)
			}
			dropAll(h)
		}
	})
	for status := range 1000 {
		want := "rejected"
		switch {
		case status >= 200 && status <= 299:
			want = "delivered"
		case status == 408, status == 425, status == 429, status >= 500 && status <= 599:
			want = "retry"
		case status == 404, status == 410:
			want = "gone"
		}
		if got := webhookhook.Verdict(status); got != want {
			t.Errorf("status %d: %s, want %s", status, got, want)
		}
	}
}

func gone(t *testing.T) {
	for _, status := range []int{404, 410} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.handle(respondStatuses(status))
				h := e.hook()
				exec := core.NewExecutor(core.WithName("long"))
				exec.Register(h)
				_, long := exec.Start(t.Context(), 1)
				time.Sleep(time.Second)
				runOnce(t, "short", errBoom, h)
				time.Sleep(time.Second)
				long.End(errBoom) // began before the endpoint was found to be gone
				time.Sleep(time.Minute)
				checkTimes(t, "attempts", e.arrivals(), 1)
				checkStats(t, h, 2, 0, 1, map[string]uint64{fmt.Sprintf("status_%d", status): 1, "disabled": 1})
				if lines := e.recorder.all(); len(lines) != 1 || !strings.Contains(lines[0], "gone") {
					t.Errorf("logged %q", lines)
				}
				runOnce(t, "later", errBoom, h)
				time.Sleep(time.Minute)
				checkTimes(t, "attempts", e.arrivals(), 1, 62)
				checkShutdown(t, h, fmt.Sprintf("webhookhook: http://chat.example: 2 of 3 lost: 1 disabled, 1 status_%d; ends of runs among them: 2", status))
			})
		})
	}
}

func testGarbage(t *testing.T) {
	for _, body := range []string{"", "garbage\xff\x00", "invalid_payload", "<html><title>Sign in</title>", "OK", `{"ok": true}`, "okay"} {
		for _, c := range []struct {
			name      string
			format    webhookhook.Format
			delivered bool
		}{{"Slack", webhookhook.Slack(), false}, {"generic", webhookhook.JSON(), true}} {
			t.Run(fmt.Sprintf("%s %q", c.name, body), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					e := newEndpoint(t)
					e.handle(func(n int, w http.ResponseWriter, _ *http.Request) {
						if n == 0 {
							_, _ = io.WriteString(w, body)
							return
						}
						_, _ = io.WriteString(w, " ok\n")
					})
					h := e.hook(webhookhook.WithFormat(c.format))
					runOnce(t, "nightly", errBoom, h)
					time.Sleep(time.Minute)
					if c.delivered {
						checkTimes(t, "attempts", e.arrivals(), 0)
					} else {
						checkTimes(t, "attempts", e.arrivals(), 0, 1)
					}
					checkShutdown(t, h, "")
				})
			})
		}
	}
}
