package webhookhook_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// TestFaults has a subtest for every fault of an endpoint or of the network. Each
// runs in a bubble, with the client and the server of net/http, and compares times
// to the nanosecond. The backoffs are the longest possible: 0.5 s, 1 s, 2 s, and so
// on.
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
		{"404, 410 for a while", testNotFound},
		{"2xx with garbage, nothing, HTML", testGarbage},
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

// aSecond is a second, less the rounding of the rate limiter, which uses floating
// point.
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

func testQueueFull(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.net.Refuse(true)
		h := e.hook(webhookhook.WithQueueSize(3), webhookhook.WithMilestones(50), webhookhook.WithRepeatInterval(0),
			webhookhook.WithEvents(webhookhook.RunStarted, webhookhook.RunFailed, webhookhook.RunProgress))
		runOnce(t, "in flight", errBoom, h)
		time.Sleep(1500 * time.Millisecond) // its start has yielded to its end
		// Starts and progress of four runs are queued, then their ends. Each end
		// displaces what is least important; the fourth finds only ends.
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
