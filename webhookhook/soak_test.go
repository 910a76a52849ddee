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

// TestManyOutages runs a job every 20 s for six virtual hours, to an endpoint
// that is away for up to two minutes again and again, each time in another way.
// Every end arrives, in order, and only lost answers make duplicates.
func TestManyOutages(t *testing.T) {
	const length = 6 * time.Hour
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		rng := rand.New(rand.NewPCG(24, 0))
		h := e.hook(webhookhook.WithRepeatInterval(0), webhookhook.WithRandom(rand.New(rand.NewPCG(25, 0)).Float64),
			webhookhook.WithEvents(webhookhook.RunFailed, webhookhook.RunRecovered, webhookhook.RunSucceeded))
		away := make(chan struct{})
		go func() {
			defer close(away)
			ways := slices.Sorted(maps.Keys(outages))
			for time.Since(e.start) < length {
				end := outages[ways[rng.IntN(len(ways))]](e)
				time.Sleep(time.Duration(rng.Int64N(int64(120 * time.Second))))
				end()
				time.Sleep(45*time.Second + time.Duration(rng.Int64N(int64(3*time.Minute))))
			}
		}()
		runs := 0
		for luck := rand.New(rand.NewPCG(26, 0)); time.Since(e.start) < length; runs++ {
			var err error
			if luck.IntN(2) == 0 {
				err = errBoom
			}
			runOnce(t, fmt.Sprint("job ", runs), err, h)
			time.Sleep(20 * time.Second)
		}
		<-away
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
			// An attempt that fails is seen here, too: the order is that of the
			// first ones.
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
