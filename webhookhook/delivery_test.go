package webhookhook_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/faultnet"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// outages begin an outage of an endpoint; each returns a function that ends it.
var outages = map[string]func(e *endpoint) (end func()){
	"refuses connections": func(e *endpoint) func() {
		e.net.Refuse(true)
		return func() { e.net.Refuse(false) }
	},
	"never answers": func(e *endpoint) func() {
		e.handle(func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		return func() { e.handle(nil) }
	},
	"answers 503": func(e *endpoint) func() {
		e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
		return func() { e.handle(nil) }
	},
	"answers 404": func(e *endpoint) func() {
		e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
		return func() { e.handle(nil) }
	},
	"answers 410": func(e *endpoint) func() {
		e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
		return func() { e.handle(nil) }
	},
	"asks to wait 30 s": func(e *endpoint) func() {
		e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		return func() { e.handle(nil) }
	},
	"loses its responses": func(e *endpoint) func() {
		e.net.OnDial(func(_, server *faultnet.Conn) { server.Set(faultnet.Faults{ResetAfter: 1}) })
		return func() { e.net.OnDial(nil) }
	},
}

// TestEndArrivesAfterAnOutage ends a run during an outage of up to two minutes. The
// message arrives at most 40 s after the outage, for every backoff, and so does a ping.
func TestEndArrivesAfterAnOutage(t *testing.T) {
	for name, begin := range outages {
		for kind, hook := range map[string]func(e *endpoint, opt webhookhook.Option) sendingHook{
			"message": func(e *endpoint, opt webhookhook.Option) sendingHook { return e.hook(opt) },
			"ping": func(e *endpoint, opt webhookhook.Option) sendingHook {
				return e.ping("", webhookhook.WithPingURLs("", "http://hc.example/ok", "http://hc.example/fail"), opt)
			},
		} {
			t.Run(kind+", "+name, func(t *testing.T) {
				for seed := range uint64(20) {
					rng := rand.New(rand.NewPCG(seed, 0))
					length := time.Duration(rng.Int64N(int64(120 * time.Second)))
					switch seed {
					case 0:
						length = 120 * time.Second
					case 1:
						length = time.Nanosecond
					}
					inBubble(t, func(t *testing.T) {
						e := newEndpoint(t)
						end := begin(e)
						random := rng.Float64
						if seed%2 == 0 {
							random = func() float64 { return 1 } // the longest backoff
						}
						h := hook(e, webhookhook.WithRandom(random))
						runOnce(t, "nightly", errBoom, h)
						time.Sleep(length)
						end()
						synctest.Wait()
						for start := time.Now(); h.Stats().Delivered == 0; time.Sleep(time.Second) {
							if time.Since(start) > 40*time.Second {
								t.Errorf("seed %d: not delivered %v after an outage of %v", seed, time.Since(start), length)
								break
							}
						}
						ids := map[string]bool{}
						for _, a := range e.attempts() {
							ids[a.id] = true
						}
						if len(ids) != 1 || ids[""] {
							t.Errorf("seed %d: ids %v", seed, ids)
						}
						checkShutdown(t, h, "")
					})
				}
			})
		}
	}
}

// sendingHook is a Hook or a Ping.
type sendingHook interface {
	core.Hook
	core.Shutdowner
	core.StatsReporter
}

// TestMessagesYieldToTheEndOfTheirRun ends a run during an outage. Its first failure
// and its anomaly are dropped after a failed attempt, as the end says the same and
// more.
func TestMessagesYieldToTheEndOfTheirRun(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.net.Refuse(true)
		h := e.hook()
		ctx := h.OnRunStart(t.Context(), core.RunStart{Executor: "import", RunID: "1", Items: 10, Started: time.Now()})
		h.OnItemFailure(ctx, core.ItemFailure{Items: 1, Err: errBoom})
		h.OnAnomaly(ctx, core.Anomaly{Executor: "import", RunID: "1", Kind: core.AnomalyStall})
		time.Sleep(time.Minute)
		h.OnRunEnd(ctx, core.RunEnd{RunStart: core.RunStart{Executor: "import", RunID: "1", Items: 10}, Outcome: core.OutcomeError})
		time.Sleep(time.Minute)
		e.net.Refuse(false)
		time.Sleep(40 * time.Second)
		got := e.attempts()
		if len(got) != 1 || got[0].document(t).Event != "run_failed" {
			t.Errorf("arrived: %v", e.texts())
		}
		checkStats(t, h, 3, 1, uint64(len(e.dialTimes())-1), map[string]uint64{"superseded": 2})
		checkShutdown(t, h, "")
	})
}

// TestDuplicatesOnlyForLostResponses counts what arrives while an endpoint works, and
// while it accepts messages but its responses are lost.
func TestDuplicatesOnlyForLostResponses(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook(webhookhook.WithRepeatInterval(0))
		for i := range 20 {
			lost := i%4 == 3
			e.net.OnDial(func(_, server *faultnet.Conn) {
				if lost {
					server.Set(faultnet.Faults{ResetAfter: 1})
				}
			})
			runOnce(t, fmt.Sprint("job ", i), errBoom, h)
			synctest.Wait()
			e.net.OnDial(nil)
			time.Sleep(time.Minute)
		}
		count := map[string]int{}
		var order []string
		for _, a := range e.attempts() {
			d := a.document(t)
			if count[d.ID]++; count[d.ID] == 1 {
				order = append(order, d.Run.Executor)
			}
			if a.id != d.ID {
				t.Errorf("header %s, body %s", a.id, d.ID)
			}
		}
		duplicates := 0
		for _, n := range count {
			if n == 2 {
				duplicates++
			}
		}
		if len(count) != 20 || duplicates != 5 || len(e.attempts()) != 25 {
			t.Errorf("%d messages, %d duplicates, %d requests", len(count), duplicates, len(e.attempts()))
		}
		for i, name := range order {
			if want := fmt.Sprint("job ", i); name != want {
				t.Errorf("place %d: %s", i, name)
			}
		}
		checkShutdown(t, h, "")
	})
}

func TestOrderIsKeptThroughAnOutage(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.net.Refuse(true)
		h := e.hook()
		for i := range 30 {
			runOnce(t, fmt.Sprint("job ", i), errBoom, h)
			time.Sleep(time.Second)
		}
		e.net.Refuse(false)
		time.Sleep(2 * time.Minute)
		got := e.attempts()
		if len(got) != 30 {
			t.Fatalf("%d arrived", len(got))
		}
		for i, a := range got {
			if want := fmt.Sprint("job ", i); a.document(t).Run.Executor != want {
				t.Errorf("place %d: %s", i, a.body)
			}
			if i > 0 && a.at-got[i-1].at < aSecond {
				t.Errorf("message %d came %v after the one before", i, a.at-got[i-1].at)
			}
		}
		checkShutdown(t, h, "")
	})
}

// TestEachAttemptHasItsOwnSignature compares the headers of several attempts.
func TestEachAttemptHasItsOwnSignature(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.handle(respondStatuses(500, 500))
		h := e.hook(webhookhook.WithSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_YSBuZXdlciBrZXkgb2YgMjQgYnl0ZXMu"))
		runOnce(t, "nightly", errBoom, h)
		checkShutdown(t, h, "")
		got := e.attempts()
		if len(got) != 3 {
			t.Fatalf("%d attempts", len(got))
		}
		for i, a := range got[1:] {
			before := got[i]
			if a.id != before.id || string(a.body) != string(before.body) {
				t.Error("id or body changed")
			}
			if a.header.Get("webhook-timestamp") == before.header.Get("webhook-timestamp") ||
				a.header.Get("webhook-signature") == before.header.Get("webhook-signature") {
				t.Error("time or signature did not change")
			}
			if n := len(strings.Fields(a.header.Get("webhook-signature"))); n != 2 {
				t.Errorf("%d signatures", n)
			}
		}
	})
}

func TestProgressYieldsToTheEnd(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.net.Refuse(true)
		h := e.hook(webhookhook.WithMilestones(25, 50, 75))
		ctx := h.OnRunStart(t.Context(), core.RunStart{Executor: "job", RunID: "1", Items: 100, Started: time.Now()})
		for done := range 90 {
			h.OnProgress(ctx, core.Progress{Items: 100, ItemsDone: done, Elapsed: time.Duration(done)})
			synctest.Wait()
		}
		time.Sleep(5 * time.Second)
		e.net.Refuse(false)
		h.OnRunEnd(ctx, core.RunEnd{RunStart: core.RunStart{Executor: "job", RunID: "1"}, Outcome: core.OutcomeError})
		time.Sleep(time.Minute)
		got := e.attempts()
		// 25 % is in flight and yields; 75 % took the place of 50 %.
		if len(got) != 2 || got[0].document(t).Event != "run_progress" || got[1].document(t).Event != "run_failed" {
			t.Errorf("%d arrived: %v", len(got), got)
		}
		checkStats(t, h, 4, 2, 4, map[string]uint64{"superseded": 2})
		checkShutdown(t, h, "")
	})
}

// TestProgressIsRetriedAfterAnEnd sends progress once a run's end is delivered.
func TestProgressIsRetriedAfterAnEnd(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook(webhookhook.WithMilestones(50))
		runOnce(t, "nightly", errBoom, h)
		time.Sleep(time.Minute)
		e.net.Refuse(true)
		ctx := h.OnRunStart(t.Context(), core.RunStart{Executor: "import", Items: 2, Started: time.Now()})
		h.OnProgress(ctx, core.Progress{Items: 2, ItemsDone: 1})
		time.Sleep(3 * time.Second)
		e.net.Refuse(false)
		time.Sleep(time.Minute)
		checkTimes(t, "arrived", e.arrivals(), 0, 64)
		checkShutdown(t, h, "")
	})
}
