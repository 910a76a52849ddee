package webhookhook_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/webhookhook"
)

// TestManyOutages runs a job every 20 s for six virtual hours. Again and again, the
// endpoint has an outage of up to two minutes, each of a random kind. Every end
// arrives, in order.
func TestManyOutages(t *testing.T) {
	const length = 6 * time.Hour
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		rng := rand.New(rand.NewPCG(24, 0))
		h := e.hook(webhookhook.WithRepeatInterval(0), webhookhook.WithRandom(rand.New(rand.NewPCG(25, 0)).Float64),
			webhookhook.WithEvents(webhookhook.RunFailed, webhookhook.RunRecovered, webhookhook.RunSucceeded))
		endpointDone := make(chan struct{})
		go func() {
			defer close(endpointDone)
			kinds := slices.Sorted(maps.Keys(outages))
			for time.Since(e.start) < length {
				end := outages[kinds[rng.IntN(len(kinds))]](e)
				time.Sleep(time.Duration(rng.Int64N(int64(120 * time.Second))))
				end()
				time.Sleep(45*time.Second + time.Duration(rng.Int64N(int64(3*time.Minute))))
			}
		}()
		runs := 0
		for outcomes := rand.New(rand.NewPCG(26, 0)); time.Since(e.start) < length; runs++ {
			var err error
			if outcomes.IntN(2) == 0 {
				err = errBoom
			}
			runOnce(t, fmt.Sprint("job ", runs), err, h)
			time.Sleep(20 * time.Second)
		}
		<-endpointDone
		checkShutdown(t, h, "")
		s := h.Stats()
		if s.Produced != uint64(runs) || s.Delivered != s.Produced || s.Errors == 0 {
			t.Errorf("%d runs, stats %+v", runs, s)
		}
		seen, next := map[string]bool{}, 0
		for _, a := range e.attempts() {
			if seen[a.id] {
				continue
			}
			seen[a.id] = true
			// Failed attempts are among them: the order is that of the first attempts.
			if want := fmt.Sprint("job ", next); a.document(t).Run.Executor != want {
				t.Fatalf("%s came in place of %s", a.document(t).Run.Executor, want)
			}
			next++
		}
		if next != runs {
			t.Errorf("%d of %d arrived", next, runs)
		}
	})
}
