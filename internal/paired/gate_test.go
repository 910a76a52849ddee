package paired

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// scriptedGate returns a gate whose probes give the answers one after the other
// ('2': two cores, '1': one). It writes all calls to log.
func scriptedGate(answers string, log *strings.Builder) *gate {
	return &gate{
		probe: func() bool {
			if answers == "" {
				log.WriteString("<no answer left>")
				return false
			}
			ok := answers[0] == '2'
			log.WriteByte(answers[0])
			answers = answers[1:]
			return ok
		},
		warm: func(try int) { log.WriteString(strings.Repeat("z", try)) },
	}
}

func TestGateSample(t *testing.T) {
	for _, c := range []struct {
		name, answers, log string
		want               time.Duration
		rejected           int
	}{
		// p: prepare, x: execute, z: warm up, one for each rejection so far.
		{"accepted at once", "22", "p2x2", 1, 0},
		{"one core before", "122", "p1zp2x2", 1, 1},
		{"one core after", "2122", "p2x1zp2x2", 2, 1},
		{"accepted at the last try", "1111122", "p1zp1zzp1zzzp1zzzzp1zzzzzp2x2", 1, 5},
		{"dropped", "111111", "p1zp1zzp1zzzp1zzzzp1zzzzzp1", dropped, 6},
		{"dropped after executions", "212121212121", "p2x1zp2x1zzp2x1zzzp2x1zzzzp2x1zzzzzp2x1", dropped, 6},
	} {
		var log strings.Builder
		executions := time.Duration(0)
		got, rejected := scriptedGate(c.answers, &log).sample(
			func() { log.WriteByte('p') },
			func() time.Duration { log.WriteByte('x'); executions++; return executions },
		)
		if got != c.want || rejected != c.rejected {
			t.Errorf("%s: sample %d after %d rejections, want %d after %d", c.name, got, rejected, c.want, c.rejected)
		}
		if log.String() != c.log {
			t.Errorf("%s: sequence %s, want %s", c.name, log.String(), c.log)
		}
	}
}

func TestNilGateAcceptsEverything(t *testing.T) {
	var calls []string
	d, rejected := (*gate)(nil).sample(
		func() { calls = append(calls, "prepare") },
		func() time.Duration { calls = append(calls, "execute"); return 5 },
	)
	if d != 5 || rejected != 0 || !slices.Equal(calls, []string{"prepare", "execute"}) {
		t.Errorf("sample %d, %d rejections, calls %v", d, rejected, calls)
	}
}

func TestOverlapped(t *testing.T) {
	for both, want := range map[time.Duration]bool{90: true, 100: true, 124: true, 125: false, 200: false} {
		if got := overlapped(both, 100); got != want {
			t.Errorf("two halves in %d, one in 100: overlapped = %v, want %v", both, got, want)
		}
	}
}

func TestProbeKeepsTheBestTime(t *testing.T) {
	p := newProbe()
	if p.best <= 0 || p.best == time.Hour {
		t.Fatalf("best time of one half is %v after calibration", p.best)
	}
	p.best = time.Hour // as if no core had been available during calibration
	p.twoCores()
	if p.best == time.Hour {
		t.Error("a faster half did not improve the best time")
	}
	p.best = 1
	if p.twoCores() {
		t.Error("two cores were seen although both halves took more than 1.25 ns")
	}
	if p.best != 1 {
		t.Errorf("a slower half changed the best time to %v", p.best)
	}
}

func TestTwoCoresCounts(t *testing.T) {
	if got := TwoCores(0); got != 0 {
		t.Errorf("%d of no probes saw two cores", got)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if got := TwoCores(4); got != 0 {
		t.Errorf("%d of 4 probes saw two cores where there is one", got)
	}
}
