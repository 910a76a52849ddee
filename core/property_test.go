package core_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// TestProperty runs random programs and compares them with a sequential model. Each
// runs without a hook, with a hook that checks the events, and with hooks that fail in
// every way: hooks must not change the result. CHUNKSCOPE_PROPERTY_CASES is the number
// of programs, CHUNKSCOPE_PROPERTY_SEED the seed of the first.
func TestProperty(t *testing.T) {
	first := envSetting(t, "CHUNKSCOPE_PROPERTY_SEED", 1)
	cases := envSetting(t, "CHUNKSCOPE_PROPERTY_CASES", 200)
	for seed := first; seed < first+cases; seed++ {
		p := generateProgram(seed)
		if err := checkProgram(t, p); err != nil {
			p, err = shrinkProgram(t, p, err)
			t.Fatalf("CHUNKSCOPE_PROPERTY_SEED=%d: %v\nthe smallest program found that fails:\n%v", seed, err, p)
		}
	}
}

func envSetting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	v, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// shrinkProgram halves the program as long as it still fails.
func shrinkProgram(t *testing.T, p program, err error) (program, error) {
	t.Helper()
	for half := range 2 {
		for range 5 { // a failure that depends on the schedule may need a few attempts
			smaller := p
			smaller.actions = p.actions[:len(p.actions)/2]
			if half == 1 {
				smaller.actions = p.actions[len(p.actions)/2:]
			}
			if len(smaller.actions) == len(p.actions) {
				return p, err
			}
			if again := checkProgram(t, smaller); again != nil {
				return shrinkProgram(t, smaller, again)
			}
		}
	}
	return p, err
}

// checkProgram runs the program in its three settings.
func checkProgram(t *testing.T, p program) (err error) {
	t.Helper()
	finished := false
	defer func() {
		if !finished {
			t.Logf("seed %d hung or crashed: %v", p.seed, p)
		}
	}()
	for _, setting := range []string{"without hooks", "watched", "with failing hooks"} {
		synctest.Test(t, func(t *testing.T) {
			r, checker := &programRun{p: p}, newEventChecker(p.form != "Start")
			switch setting {
			case "watched":
				r.execute(checker)
			case "with failing hooks":
				faults := &randomFaults{rng: rand.New(rand.NewPCG(p.seed, 1))}
				picky := core.Filter(&randomFaultHook{faults}, func(core.RunStart) bool { return faults.misbehave(t.Context()) != nil })
				r.execute(&randomFaultHook{faults}, checker, picky, core.Every(time.Second, &randomFaultHook{faults}))
			default:
				r.execute()
				checker = nil
			}
			err = r.check(checker)
		})
		if err != nil {
			err = fmt.Errorf("%s: %w", setting, err)
			break
		}
	}
	finished = true
	return err
}
