package webhookhook_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/faultnet"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// TestFaults has a subtest for every way in which an endpoint or the network
// fails. Each runs in a bubble, with the real client and server, and compares
// moments to the nanosecond. Backoffs take all of their span: 0.5 s, 1 s, 2 s,
// and so on.
func TestFaults(t *testing.T) {
	for _, row := range []struct {
		name string
		test func(t *testing.T)
	}{
		{"down from the start", testDownFromStart},
		{"slow (first byte after 9 s)", testSlow},
		{"black hole (accepts, never answers)", testBlackHole},
		{"resets mid-body, half-close, 1 byte per second", testBrokenResponses},
		{"429 with Retry-After", testTooManyRequests},
		{"5xx, 408, 425", testTemporaryFailures},
		{"400, 401, 403, 413", testPermanentFailures},
		{"404, 410", gone},
		{"200 with garbage, ok missing, HTML", testGarbage},
		{"1xx flood, trailer flood, 5 MB header", testFloods},
		{"redirect 301-308, loop, to metadata IP, https to http", testRedirects},
		{"huge body, endless body, gzip bomb", testHugeBodies},
		{"DNS failure, slow DNS, NXDOMAIN then ok, address change", testDNS},
		{"queue full", testQueueFull},
		{"fails, recovers, fails (flap 1 s)", testFlapping},
	} {
		t.Run(row.name, row.test)
	}
	// A handshake is slower than a bubble's clock may be held for.
	t.Run("TLS expired, wrong name, old version", testBadTLS)
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

func testDownFromStart(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.net.Refuse(true)
		h := e.hook()
		runOnce(t, "nightly", errBoom, h)
		if took := time.Since(e.start); took != 0 {
			t.Errorf("the run took %v", took)
		}
		time.Sleep(time.Hour)
		checkTimes(t, "attempts", e.dialTimes(), 0, 1, 2, 4, 8, 16, 32, 62, 92, 122, 152, 182, 212, 242, 272)
		want := []string{"WARN webhook endpoint fails, trying again hook=webhookhook endpoint=http://chat.example problem=dial tcp memory: connection refused"}
		if lines := e.recorder.all(); !slices.Equal(lines, want) {
			t.Errorf("logged %q, want %q", lines, want)
		}
		checkStats(t, h, 1, 0, 15, map[string]uint64{"gave_up": 1})
		e.net.Refuse(false)
		runOnce(t, "nightly", nil, h)
		checkShutdown(t, h, "webhookhook: http://chat.example: 1 of 2 lost: 1 gave_up; ends of runs among them: 1")
		if got := e.attempts(); len(got) != 1 || got[0].document(t).Event != "run_recovered" {
			t.Errorf("after the outage came %v", got)
		}
		if lines := e.recorder.all(); len(lines) != 2 || !strings.Contains(lines[1], "works again") {
			t.Errorf("logged %q", lines)
		}
	})
}

func testSlow(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) {
			time.Sleep(9 * time.Second)
			_, _ = io.WriteString(w, "ok")
		})
		h := e.hook()
		runOnce(t, "a", errBoom, h)
		runOnce(t, "b", errBoom, h)
		if took := time.Since(e.start); took != 0 {
			t.Errorf("the runs took %v", took)
		}
		time.Sleep(time.Minute)
		checkTimes(t, "attempts", e.arrivals(), 0, 9)
		checkStats(t, h, 2, 2, 0, nil)
		checkShutdown(t, h, "")
	})
}

func testBlackHole(t *testing.T) {
	t.Run("no answer: 10 s", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			e.handle(func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			h := e.hook()
			runOnce(t, "nightly", errBoom, h)
			time.Sleep(25 * time.Second)
			e.handle(nil)
			time.Sleep(time.Minute)
			checkTimes(t, "attempts", e.arrivals(), 0, 10.5, 21.5, 33.5)
			checkStats(t, h, 1, 1, 3, nil)
			checkShutdown(t, h, "")
		})
	})
	t.Run("no connection: 3 s", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			e.onDial = func(ctx context.Context, n int) error {
				if n < 2 {
					<-ctx.Done()
				}
				return ctx.Err()
			}
			h := e.hook()
			runOnce(t, "nightly", errBoom, h)
			time.Sleep(time.Minute)
			checkTimes(t, "connections", e.dialTimes(), 0, 3.5, 7.5)
			checkStats(t, h, 1, 1, 2, nil)
			checkShutdown(t, h, "")
		})
	})
	t.Run("no handshake: 5 s", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newUnservedEndpoint(t)
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
			runOnce(t, "nightly", errBoom, h)
			time.Sleep(12 * time.Second)
			checkTimes(t, "connections", e.dialTimes(), 0, 5.5, 11.5)
			dropAll(h)
			time.Sleep(5 * time.Second) // net/http lets a handshake end by itself
		})
	})
}

func testBrokenResponses(t *testing.T) {
	for name, faults := range map[string]faultnet.Faults{
		"reset in the headers": {ResetAfter: 20},
		"reset in the body":    {ResetAfter: 150},
		"half-close":           {Limit: 150},
		"1 byte per second":    {Slice: 1, Bandwidth: 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) {
					_, _ = io.WriteString(w, strings.Repeat("ok ", 100))
				})
				e.net.OnDial(func(_, server *faultnet.Conn) { server.Set(faults) })
				h := e.hook()
				runOnce(t, "nightly", errBoom, h)
				synctest.Wait()
				e.net.OnDial(nil)
				time.Sleep(time.Minute)
				got := e.attempts()
				if len(got) != 2 || got[0].id != got[1].id || got[0].id == "" {
					t.Errorf("%d attempts, ids %v", len(got), got)
				}
				if faults.Bandwidth > 0 {
					checkTimes(t, "attempts", e.arrivals(), 0, 10.5)
				} else {
					checkTimes(t, "attempts", e.arrivals(), 0, 1)
				}
				checkStats(t, h, 1, 1, 1, nil)
				checkShutdown(t, h, "")
			})
		})
	}
}

func testDNS(t *testing.T) {
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
				e := newEndpoint(t)
				e.onDial = c.dial
				h := e.hook()
				runOnce(t, "a", errBoom, h)
				runOnce(t, "b", errBoom, h)
				if took := time.Since(e.start); took != 0 {
					t.Errorf("the runs took %v", took)
				}
				time.Sleep(time.Minute)
				checkTimes(t, "look-ups", e.dialTimes(), c.want...)
				if n := len(e.attempts()); n != 2 {
					t.Errorf("%d messages arrived", n)
				}
				checkShutdown(t, h, "")
			})
		})
	}
}

func testQueueFull(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.net.Refuse(true)
		h := e.hook(webhookhook.WithQueueSize(3), webhookhook.WithMilestones(50), webhookhook.WithRepeatInterval(0),
			webhookhook.WithEvents(webhookhook.RunStarted, webhookhook.RunFailed, webhookhook.RunProgress))
		runOnce(t, "in flight", errBoom, h)
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
		checkStats(t, h, 14, 4, 2, map[string]uint64{"queue_full": 9, "superseded": 1})
		_ = h.Shutdown(context.Background())
	})
}

func testFlapping(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		rng := rand.New(rand.NewPCG(6, 0))
		h := e.hook(webhookhook.WithRepeatInterval(0), webhookhook.WithRandom(rng.Float64))
		states := rand.New(rand.NewPCG(7, 0))
		const hour = 3600
		for second := range hour {
			e.net.Refuse(states.IntN(2) == 0)
			e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) {
				if second%3 == 0 {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			})
			if second%5 == 0 {
				runOnce(t, "nightly", errBoom, h)
			}
			time.Sleep(time.Second)
		}
		dials := e.dialTimes()
		for i := 1; i < len(dials); i++ {
			if d := dials[i] - dials[i-1]; d < aSecond {
				t.Errorf("two attempts within %v", d)
			}
		}
		e.net.Refuse(false)
		e.handle(nil)
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
