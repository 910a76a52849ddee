package webhookhook_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/faultnet"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// TestFaults has a subtest for every way in which an endpoint or the network
// fails. Each runs in a bubble, with the real client and server, and compares
// moments to the nanosecond. Backoffs take all of their span: 0.5 s, 1 s, 2 s, and so on.
func TestFaults(t *testing.T) {
	for _, row := range []struct {
		name string
		test func(t *testing.T)
	}{
		{"down from the start", downFromTheStart},
		{"slow (first byte after 9 s)", slow},
		{"black hole (accepts, never answers)", blackHole},
		{"resets mid-body, half-close, 1 byte per second", brokenAnswers},
		{"429 with Retry-After", tooManyRequests},
		{"5xx, 408, 425", temporaryFailures},
		{"400, 401, 403, 413", permanentFailures},
		{"404, 410", gone},
		{"200 with garbage, ok missing, HTML", garbage},
		{"1xx flood, trailer flood, 5 MB header", floods},
		{"redirect 301-308, loop, to metadata IP, https to http", redirects},
		{"huge body, endless body, gzip bomb", hugeBodies},
		{"DNS failure, slow DNS, NXDOMAIN then ok, address change", names},
		{"queue full", queueFull},
		{"fails, recovers, fails (flap 1 s)", flap},
	} {
		t.Run(row.name, row.test)
	}
	// A handshake is slower than a bubble's clock may be held for.
	t.Run("TLS expired, wrong name, old version", badTLS)
}

// aSecond is one, for a limiter that counts in floating point.
const aSecond = time.Second - time.Microsecond

func seconds(all ...float64) []time.Duration {
	durations := make([]time.Duration, len(all))
	for i, s := range all {
		durations[i] = time.Duration(s * float64(time.Second))
	}
	return durations
}

func checkTimes(t *testing.T, what string, got []time.Duration, want ...float64) {
	t.Helper()
	if !slices.Equal(got, seconds(want...)) {
		t.Errorf("%s at %v, want %v", what, got, seconds(want...))
	}
}

func downFromTheStart(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := listen(t)
		e.net.Refuse(true)
		h := e.hook()
		run(t, "nightly", errBoom, h)
		if took := time.Since(e.began); took != 0 {
			t.Errorf("the run took %v", took)
		}
		time.Sleep(time.Hour)
		checkTimes(t, "attempts", e.dialled(), 0, 1, 2, 4, 8, 16, 32, 62, 92, 122, 152, 182, 212, 242, 272)
		want := []string{"WARN webhook endpoint fails, trying again hook=webhookhook endpoint=http://chat.example problem=dial tcp memory: connection refused"}
		if lines := e.log.all(); !slices.Equal(lines, want) {
			t.Errorf("logged %q, want %q", lines, want)
		}
		stats(t, h, 1, 0, 15, map[string]uint64{"gave_up": 1})
		e.net.Refuse(false)
		run(t, "nightly", nil, h)
		shutdown(t, h, "webhookhook: http://chat.example: 1 of 2 lost: 1 gave_up")
		if got := e.attempts(); len(got) != 1 || got[0].document(t).Event != "run_recovered" {
			t.Errorf("after the outage came %v", got)
		}
		if lines := e.log.all(); len(lines) != 2 || !strings.Contains(lines[1], "works again") {
			t.Errorf("logged %q", lines)
		}
	})
}

func slow(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := listen(t)
		e.answers(func(_ int, w http.ResponseWriter, _ *http.Request) {
			time.Sleep(9 * time.Second)
			_, _ = io.WriteString(w, "ok")
		})
		h := e.hook()
		run(t, "a", errBoom, h)
		run(t, "b", errBoom, h)
		if took := time.Since(e.began); took != 0 {
			t.Errorf("the runs took %v", took)
		}
		time.Sleep(time.Minute)
		checkTimes(t, "attempts", e.times(), 0, 9)
		stats(t, h, 2, 2, 0, nil)
		shutdown(t, h, "")
	})
}

func blackHole(t *testing.T) {
	t.Run("no answer: 10 s", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := listen(t)
			e.answers(func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			h := e.hook()
			run(t, "nightly", errBoom, h)
			time.Sleep(25 * time.Second)
			e.answers(nil)
			time.Sleep(time.Minute)
			checkTimes(t, "attempts", e.times(), 0, 10.5, 21.5, 33.5)
			stats(t, h, 1, 1, 3, nil)
			shutdown(t, h, "")
		})
	})
	t.Run("no connection: 3 s", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := listen(t)
			e.dial = func(ctx context.Context, n int) error {
				if n < 2 {
					<-ctx.Done()
				}
				return ctx.Err()
			}
			h := e.hook()
			run(t, "nightly", errBoom, h)
			time.Sleep(time.Minute)
			checkTimes(t, "connections", e.dialled(), 0, 3.5, 7.5)
			stats(t, h, 1, 1, 2, nil)
			shutdown(t, h, "")
		})
	})
	t.Run("no handshake: 5 s", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := offline(t)
			go func() {
				for {
					conn, err := e.net.Accept()
					if err != nil {
						return
					}
					go func() {
						_, _ = io.Copy(io.Discard, conn)
						_ = conn.Close()
					}()
				}
			}()
			h, err := webhookhook.New("https://chat.example"+secretPath, webhookhook.WithHTTPClient(e.client()),
				webhookhook.WithRandom(func() float64 { return 1 }), webhookhook.WithLogger(e.logger()))
			if err != nil {
				t.Fatal(err)
			}
			run(t, "nightly", errBoom, h)
			time.Sleep(12 * time.Second)
			checkTimes(t, "connections", e.dialled(), 0, 5.5, 11.5)
			abandon(h)
			time.Sleep(5 * time.Second) // net/http lets a handshake end by itself
		})
	})
}

func brokenAnswers(t *testing.T) {
	for name, faults := range map[string]faultnet.Faults{
		"reset in the headers": {ResetAfter: 20},
		"reset in the body":    {ResetAfter: 150},
		"half-close":           {Limit: 150},
		"1 byte per second":    {Slice: 1, Bandwidth: 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := listen(t)
				e.answers(func(_ int, w http.ResponseWriter, _ *http.Request) {
					_, _ = io.WriteString(w, strings.Repeat("ok ", 100))
				})
				e.net.OnDial(func(_, server *faultnet.Conn) { server.Set(faults) })
				h := e.hook()
				run(t, "nightly", errBoom, h)
				synctest.Wait()
				e.net.OnDial(nil)
				time.Sleep(time.Minute)
				got := e.attempts()
				if len(got) != 2 || got[0].id != got[1].id || got[0].id == "" {
					t.Errorf("%d attempts, ids %v", len(got), got)
				}
				if faults.Bandwidth > 0 {
					checkTimes(t, "attempts", e.times(), 0, 10.5)
				} else {
					checkTimes(t, "attempts", e.times(), 0, 1)
				}
				stats(t, h, 1, 1, 1, nil)
				shutdown(t, h, "")
			})
		})
	}
}

func tooManyRequests(t *testing.T) {
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
				e := listen(t)
				e.answers(func(n int, w http.ResponseWriter, _ *http.Request) {
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
				run(t, "nightly", errBoom, h)
				time.Sleep(2 * time.Minute)
				checkTimes(t, "attempts", e.times(), 0, c.wait)
				header := http.Header{"Retry-After": {c.value}}
				if _, err := strconv.Atoi(c.value); err == nil && webhookhook.RetryAfter(header, nil, time.Now()) != seconds(c.wait)[0] {
					t.Errorf("%s is read as %v", c.value, webhookhook.RetryAfter(header, nil, time.Now()))
				}
				shutdown(t, h, "")
			})
		})
	}
	t.Run("others wait, too", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := listen(t)
			e.answers(func(n int, w http.ResponseWriter, _ *http.Request) {
				if n == 0 {
					w.Header().Set("Retry-After", "30")
					w.WriteHeader(http.StatusTooManyRequests)
				}
			})
			h := e.hook()
			run(t, "a", errBoom, h)
			run(t, "b", errBoom, h)
			time.Sleep(time.Minute)
			checkTimes(t, "attempts", e.times(), 0, 30, 31)
			shutdown(t, h, "")
		})
	})
}

func temporaryFailures(t *testing.T) {
	for _, status := range []int{408, 425, 500, 502, 503, 504, 599} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := listen(t)
				e.answers(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
				h := e.hook(webhookhook.WithEvents(webhookhook.RunStarted))
				run(t, "start", errBoom, h)
				time.Sleep(time.Hour)
				checkTimes(t, "attempts for a start", e.times(), 0, 1, 2, 4, 8)
				stats(t, h, 1, 0, 5, map[string]uint64{"gave_up": 1})
				abandon(h)
			})
		})
	}
	t.Run("any luck", func(t *testing.T) { // property: every delay within the cap, the sum within the budget
		for seed := range uint64(20) {
			inBubble(t, func(t *testing.T) {
				e := listen(t)
				e.answers(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
				h := e.hook(webhookhook.WithRandom(rand.New(rand.NewPCG(seed, 0)).Float64))
				run(t, "nightly", errBoom, h)
				time.Sleep(time.Hour)
				times := e.times()
				for i := 1; i < len(times); i++ {
					if d := times[i] - times[i-1]; d < aSecond || d > webhookhook.BackoffCap {
						t.Errorf("seed %d: %v between two attempts", seed, d)
					}
				}
				if last := times[len(times)-1]; last > webhookhook.FinalBudget || last < webhookhook.FinalBudget-webhookhook.BackoffCap {
					t.Errorf("seed %d: the last attempt of %d came after %v", seed, len(times), last)
				}
				abandon(h)
			})
		}
	})
}

func permanentFailures(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := listen(t)
		for status := 200; status <= 599; status++ {
			e.answers(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			before := len(e.attempts())
			h := e.hook(webhookhook.WithLogger(slog.New(slog.DiscardHandler)))
			run(t, "nightly", errBoom, h)
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
			abandon(h)
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
				e := listen(t)
				e.answers(statuses(status))
				h := e.hook()
				exec := core.NewExecutor(core.WithName("long"))
				exec.Register(h)
				_, long := exec.Start(t.Context(), 1)
				time.Sleep(time.Second)
				run(t, "short", errBoom, h)
				time.Sleep(time.Second)
				long.End(errBoom) // began before the endpoint was found to be gone
				time.Sleep(time.Minute)
				checkTimes(t, "attempts", e.times(), 1)
				stats(t, h, 2, 0, 1, map[string]uint64{fmt.Sprintf("status_%d", status): 1, "disabled": 1})
				if lines := e.log.all(); len(lines) != 1 || !strings.Contains(lines[0], "gone") {
					t.Errorf("logged %q", lines)
				}
				run(t, "later", errBoom, h)
				time.Sleep(time.Minute)
				checkTimes(t, "attempts", e.times(), 1, 62)
				shutdown(t, h, fmt.Sprintf("webhookhook: http://chat.example: 2 of 3 lost: 1 disabled, 1 status_%d", status))
			})
		})
	}
}

func garbage(t *testing.T) {
	for _, body := range []string{"", "garbage\xff\x00", "invalid_payload", "<html><title>Sign in</title>", "OK", `{"ok": true}`, "okay"} {
		for _, c := range []struct {
			name      string
			format    webhookhook.Format
			delivered bool
		}{{"Slack", webhookhook.Slack(), false}, {"generic", webhookhook.JSON(), true}} {
			t.Run(fmt.Sprintf("%s %q", c.name, body), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					e := listen(t)
					e.answers(func(n int, w http.ResponseWriter, _ *http.Request) {
						if n == 0 {
							_, _ = io.WriteString(w, body)
							return
						}
						_, _ = io.WriteString(w, " ok\n")
					})
					h := e.hook(webhookhook.WithFormat(c.format))
					run(t, "nightly", errBoom, h)
					time.Sleep(time.Minute)
					if c.delivered {
						checkTimes(t, "attempts", e.times(), 0)
					} else {
						checkTimes(t, "attempts", e.times(), 0, 1)
					}
					shutdown(t, h, "")
				})
			})
		}
	}
}

// answerRaw serves connections by hand: it reads a request, and writes what
// write does until that fails, which tells how much the client took.
func (e *endpoint) answerRaw(write func(n int, w io.Writer) error) (written *atomic.Int64) {
	written = &atomic.Int64{}
	go func() {
		for n := 0; ; n++ {
			conn, err := e.net.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				e.mu.Lock()
				e.got = append(e.got, attempt{at: time.Since(e.began), id: r.Header.Get("webhook-id")})
				e.mu.Unlock()
				_ = write(n, counting{conn, written})
			}()
		}
	}()
	return written
}

type counting struct {
	w io.Writer
	n *atomic.Int64
}

func (c counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// endlessly writes head, and then text again and again until that fails or a
// lot has been written.
func endlessly(head, text string) func(w io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, head)
		for range 5 << 20 / len(text) {
			if err != nil {
				return err
			}
			_, err = io.WriteString(w, text)
		}
		return err
	}
}

func floods(t *testing.T) {
	for name, flood := range map[string]func(io.Writer) error{
		"1xx flood":   endlessly("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
		"5 MB header": endlessly("HTTP/1.1 200 OK\r\n", "X-Padding: "+strings.Repeat("x", 1000)+"\r\n"),
		"one header":  endlessly("HTTP/1.1 200 OK\r\nX-Padding: ", strings.Repeat("x", 1000)),
		"trailer flood": endlessly("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
			"X-Padding: "+strings.Repeat("x", 1000)+"\r\n"),
		"chunk flood": endlessly("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", strings.Repeat("x", 1000)),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := offline(t)
				written := e.answerRaw(func(n int, w io.Writer) error {
					if n > 0 {
						_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
						return err
					}
					return flood(w)
				})
				h := e.hook()
				run(t, "nightly", errBoom, h)
				time.Sleep(time.Minute)
				if n := written.Load(); n > 64<<10 {
					t.Errorf("the client took %d bytes", n)
				}
				checkTimes(t, "attempts", e.times(), 0, 1)
				stats(t, h, 1, 1, 1, nil)
				shutdown(t, h, "")
			})
		})
	}
}

func redirects(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, location := range []string{
			"https://other.example/", "http://169.254.169.254/latest/meta-data/",
			"http://chat.example/elsewhere", secretPath,
		} {
			t.Run(fmt.Sprint(status, " ", location), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					e := listen(t)
					e.answers(func(_ int, w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Location", location)
						w.WriteHeader(status)
					})
					client := e.client()
					client.CheckRedirect = func(*http.Request, []*http.Request) error { return nil } // has no say
					h := e.hook(webhookhook.WithHTTPClient(client), webhookhook.WithHeader("X-Token", "canary-token"))
					run(t, "nightly", errBoom, h)
					time.Sleep(time.Minute)
					checkTimes(t, "attempts", e.times(), 0)
					if !slices.Equal(e.hosts, []string{"chat.example:80"}) {
						t.Errorf("connected to %v", e.hosts)
					}
					stats(t, h, 1, 0, 1, map[string]uint64{"status_3xx": 1})
					abandon(h)
				})
			})
		}
	}
}

func hugeBodies(t *testing.T) {
	bomb := "\x1f\x8b\x08" + strings.Repeat("\x00", 1000)
	for name, c := range map[string]struct{ header, text string }{
		"huge":      {"Content-Length: 5000000\r\n", strings.Repeat("x", 1000)},
		"endless":   {"", strings.Repeat("x", 1000)},
		"gzip bomb": {"Content-Encoding: gzip\r\n", bomb},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := offline(t)
				written := e.answerRaw(func(_ int, w io.Writer) error {
					return endlessly("HTTP/1.1 200 OK\r\n"+c.header+"\r\n", c.text)(w)
				})
				h := e.hook()
				run(t, "nightly", errBoom, h)
				synctest.Wait()
				if n := written.Load(); n > 64<<10 {
					t.Errorf("the client took %d bytes", n)
				}
				stats(t, h, 1, 1, 0, nil) // the status says that it arrived
				shutdown(t, h, "")
			})
		})
	}
	t.Run("compression is not asked for", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := listen(t)
			h := e.hook()
			run(t, "nightly", errBoom, h)
			shutdown(t, h, "")
			if got := e.attempts(); len(got) != 1 || got[0].header.Get("Accept-Encoding") != "" {
				t.Errorf("%v", got)
			}
		})
	})
}

func names(t *testing.T) {
	notFound := &net.DNSError{Err: "no such host", Name: "chat.example", IsNotFound: true}
	for _, c := range []struct {
		name string
		dial func(ctx context.Context, n int) error
		want []float64
	}{
		{"NXDOMAIN then ok", func(_ context.Context, n int) error {
			if n < 2 {
				return notFound
			}
			return nil
		}, []float64{0, 1, 2, 3}},
		{"slow", func(ctx context.Context, n int) error {
			if n == 0 {
				<-ctx.Done() // after 3 s
				return ctx.Err()
			}
			return nil
		}, []float64{0, 3.5, 4.5}},
		// Each message looks the name up anew, so that a new address is found.
		{"address change", nil, []float64{0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := listen(t)
				e.dial = c.dial
				h := e.hook()
				run(t, "a", errBoom, h)
				run(t, "b", errBoom, h)
				if took := time.Since(e.began); took != 0 {
					t.Errorf("the runs took %v", took)
				}
				time.Sleep(time.Minute)
				checkTimes(t, "look-ups", e.dialled(), c.want...)
				if n := len(e.attempts()); n != 2 {
					t.Errorf("%d messages arrived", n)
				}
				shutdown(t, h, "")
			})
		})
	}
}

func queueFull(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := listen(t)
		e.net.Refuse(true)
		h := e.hook(webhookhook.WithQueueSize(3), webhookhook.WithMilestones(50), webhookhook.WithRepeatInterval(0),
			webhookhook.WithEvents(webhookhook.RunStarted, webhookhook.RunFailed, webhookhook.RunProgress))
		run(t, "in flight", errBoom, h)
		time.Sleep(1500 * time.Millisecond) // its start has made room for its end
		// Starts and progress of four runs, then their ends: each end displaces
		// what matters least, and the fourth finds only ends in the queue.
		ctx := map[string]context.Context{}
		ids := []string{"1", "2", "3", "4"}
		for _, id := range ids {
			ctx[id] = h.OnRunStart(t.Context(), core.RunStart{Executor: "job", RunID: id, Items: 10, Started: time.Now()})
			h.OnProgress(ctx[id], core.Progress{Executor: "job", RunID: id, Items: 10, ItemsDone: 5})
		}
		for _, id := range ids {
			h.OnRunEnd(ctx[id], core.RunEnd{RunStart: core.RunStart{Executor: "job", RunID: id}, Outcome: core.OutcomeError})
		}
		e.net.Refuse(false)
		time.Sleep(time.Hour)
		var got []string
		for _, a := range e.attempts()[1:] {
			d := a.document(t)
			got = append(got, d.Event+" "+d.Run.Executor+" "+d.Run.ID)
		}
		if want := []string{"run_failed job 1", "run_failed job 2", "run_failed job 3"}; !slices.Equal(got, want) {
			t.Errorf("arrived: %q, want %q", got, want)
		}
		stats(t, h, 14, 4, 2, map[string]uint64{"queue_full": 9, "superseded": 1})
		_ = h.Shutdown(context.Background())
	})
}

func flap(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := listen(t)
		rng := rand.New(rand.NewPCG(6, 0))
		h := e.hook(webhookhook.WithRepeatInterval(0), webhookhook.WithRandom(rng.Float64))
		states := rand.New(rand.NewPCG(7, 0))
		const hour = 3600
		for second := range hour {
			e.net.Refuse(states.IntN(2) == 0)
			e.answers(func(_ int, w http.ResponseWriter, _ *http.Request) {
				if second%3 == 0 {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			})
			if second%5 == 0 {
				run(t, "nightly", errBoom, h)
			}
			time.Sleep(time.Second)
		}
		dials := e.dialled()
		for i := 1; i < len(dials); i++ {
			if d := dials[i] - dials[i-1]; d < aSecond {
				t.Errorf("two attempts within %v", d)
			}
		}
		e.net.Refuse(false)
		e.answers(nil)
		time.Sleep(10 * time.Minute)
		s := h.Stats()
		if s.Pending != 0 || s.Produced != hour/5 || s.Delivered < hour/10 || len(dials) < hour/5 {
			t.Errorf("%d attempts, stats %+v", len(dials), s)
		}
		sum := s.Delivered
		for _, n := range s.Dropped {
			sum += n
		}
		if s.Produced != sum {
			t.Errorf("stats %+v do not add up", s)
		}
		_ = h.Shutdown(context.Background())
	})
}

// badTLS uses real sockets and no clock.
func badTLS(t *testing.T) {
	for _, c := range []struct {
		name   string
		server func(*httptest.Server)
		client func(*tls.Config)
		host   string
	}{
		{"expired", nil, func(c *tls.Config) {
			c.Time = func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }
		}, "127.0.0.1"},
		{"wrong name", nil, nil, "localhost"},
		{"unknown authority", nil, func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }, "127.0.0.1"},
		{
			"old version",
			func(s *httptest.Server) {
				s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} //nolint:gosec // G402: that it is refused is the test
			},
			func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 }, "127.0.0.1",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var requests atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
			server.Config.ErrorLog = silent()
			if c.server != nil {
				c.server(server)
			}
			server.StartTLS()
			defer server.Close()
			config := &tls.Config{RootCAs: x509.NewCertPool()}
			config.RootCAs.AddCert(server.Certificate())
			if c.client != nil {
				c.client(config)
			}
			log := &logs{told: make(chan struct{})}
			_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
			h, err := webhookhook.New("https://"+net.JoinHostPort(c.host, port)+secretPath, webhookhook.WithLogger(log.logger()),
				webhookhook.WithHTTPClient(&http.Client{Transport: &http.Transport{TLSClientConfig: config}}))
			if err != nil {
				t.Fatal(err)
			}
			run(t, "nightly", errBoom, h)
			<-log.told // the first attempt failed
			if err := h.Shutdown(finished()); err == nil || requests.Load() != 0 {
				t.Errorf("%d requests arrived; Shutdown said %v", requests.Load(), err)
			}
			log.scan(t)
			if lines := log.all(); !strings.Contains(lines[0], "tls: ") {
				t.Errorf("logged %q", lines)
			}
		})
	}
	t.Run("good", func(t *testing.T) {
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
		defer server.Close()
		h, err := webhookhook.New(server.URL+secretPath, webhookhook.WithHTTPClient(server.Client()))
		if err != nil {
			t.Fatal(err)
		}
		run(t, "nightly", errBoom, h)
		if err := h.Shutdown(context.Background()); err != nil {
			t.Error(errors.Unwrap(err))
		}
	})
}
