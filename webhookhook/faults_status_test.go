package webhookhook_test

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
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
			case s.Pending == 0:
				word = "rejected"
				if s.Dropped[webhookhook.StatusReason(status)] != 1 {
					t.Errorf("status %d is counted in %v", status, s.Dropped)
				}
			}
			want := webhookhook.Verdict(status)
			if want == "not found" { // a hook has one URL
				want = "retry"
			}
			if word != want {
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
			want = "not found"
		}
		if got := webhookhook.Verdict(status); got != want {
			t.Errorf("status %d: %s, want %s", status, got, want)
		}
	}
}

// testNotFound lets an endpoint not know its URL for a while. That is an outage like
// any other, and no verdict about later messages.
func testNotFound(t *testing.T) {
	for _, status := range []int{404, 410} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
				h := e.hook()
				exec := core.NewExecutor(core.WithName("long"))
				exec.Register(h)
				_, long := exec.Start(t.Context(), 1)
				time.Sleep(time.Second)
				runOnce(t, "short", errBoom, h)
				time.Sleep(time.Second)
				long.End(errBoom) // began before the endpoint forgot its URL
				time.Sleep(time.Minute)
				e.handle(nil)
				time.Sleep(40 * time.Second)
				checkStats(t, h, 2, 2, 7, nil)
				e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
				runOnce(t, "never", errBoom, h)
				time.Sleep(time.Hour)
				checkStats(t, h, 3, 2, 7+15, map[string]uint64{"gave_up": 1})
				e.handle(nil)
				runOnce(t, "later", errBoom, h)
				checkShutdown(t, h, "webhookhook: http://chat.example: 1 of 4 lost: 1 gave_up; ends of runs among them: 1")
			})
		})
	}
}

// testGarbage responds with a success whose body is not Slack's. Only a format that
// asks for more makes the hook send the message again.
func testGarbage(t *testing.T) {
	for _, body := range []string{
		"", "garbage\xff\x00", "invalid_payload", "<html><title>Sign in</title>", "OK", `{"ok": true}`, `{"success":true}`, `{"result":"success","msg":""}`,
	} {
		for _, c := range []struct {
			name      string
			format    webhookhook.Format
			delivered bool
		}{
			{"Slack", webhookhook.Slack(), true},
			{"generic", webhookhook.JSON(), true},
			{"strict", strictFormat{webhookhook.Slack()}, false},
		} {
			t.Run(fmt.Sprintf("%s %q", c.name, body), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					e := newEndpoint(t)
					e.handle(func(n int, w http.ResponseWriter, _ *http.Request) {
						if n == 0 {
							w.WriteHeader(200 + len(body)%7)
							_, _ = io.WriteString(w, body)
							return
						}
						_, _ = io.WriteString(w, "ok")
					})
					h := e.hook(webhookhook.WithFormat(c.format))
					runOnce(t, "nightly", errBoom, h)
					time.Sleep(time.Minute)
					if c.delivered {
						checkTimes(t, "attempts", e.arrivals(), 0)
						checkStats(t, h, 1, 1, 0, nil)
					} else {
						checkTimes(t, "attempts", e.arrivals(), 0, 1)
						checkStats(t, h, 1, 1, 1, nil)
					}
					checkShutdown(t, h, "")
				})
			})
		}
	}
}

// strictFormat is a format that accepts one body only.
type strictFormat struct{ webhookhook.Format }

func (strictFormat) Accepts(body []byte) bool { return string(body) == "ok" }
