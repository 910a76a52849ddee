package paired

import "time"

const (
	// maxTries is the number of attempts at one sample before it is dropped.
	maxTries = 6

	// probeSteps is the length of one half of the two-core probe, in
	// multiply-adds: about 2 ms. That is long against waking a thread for the
	// second goroutine, which can take more than 0.1 ms, and short against the
	// phases in which a core comes and goes.
	probeSteps = 2_000_000

	// calibrationRuns is the number of halves that run alone to find the best
	// time of one core.
	calibrationRuns = 20

	// twoCoreLimit is the time of the two halves together, at most, as a
	// multiple of one half alone. With one core it would be two.
	twoCoreLimit = 1.25

	// warmUps is the number of probes' worth of work on both cores after the
	// first rejection of a sample; each further rejection adds as many again.
	// All together they outlast a short one-core phase, which immediate
	// repetitions would not. It is work and not sleep, because an idle core is
	// the last to be given back: after 20 ms of sleep hardly any probe sees
	// two.
	warmUps = 5
)

// gate accepts a sample only if two cores were available before and after it.
// The rule does not depend on the variant. A nil gate accepts everything.
type gate struct {
	probe func() bool   // reports whether two cores are available now
	warm  func(try int) // keeps two cores busy after the try-th rejection, counted from 1
}

// newGate returns a gate for this machine. It takes about 50 ms to measure the
// speed of one core.
func newGate() *gate {
	p := newProbe()
	return &gate{
		probe: p.twoCores,
		warm: func(try int) {
			for range try * warmUps {
				p.twoCores()
			}
		},
	}
}

// sample returns the duration of an accepted execution, or dropped after
// maxTries rejections, and the number of rejections. prepare runs before each
// attempt, outside the measurement and before the first probe. If that probe
// fails, the execution does not start.
func (g *gate) sample(prepare func(), execute func() time.Duration) (d time.Duration, rejected int) {
	if g == nil {
		prepare()
		return execute(), 0
	}
	for {
		prepare()
		if g.probe() {
			if d := execute(); g.probe() {
				return d, rejected
			}
		}
		rejected++
		if rejected == maxTries {
			return dropped, rejected
		}
		g.warm(rejected)
	}
}

// TwoCores probes this many times whether two goroutines really run at the same
// time, and returns how often they did.
func TwoCores(probes int) int {
	p := newProbe()
	seen := 0
	for range probes {
		if p.twoCores() {
			seen++
		}
	}
	return seen
}

// probe finds out whether two goroutines really run at the same time.
type probe struct {
	best time.Duration // of one half alone
}

func newProbe() *probe {
	p := &probe{best: time.Hour}
	for range calibrationRuns {
		p.half()
	}
	return p
}

// half runs one half of the probe and keeps the best time. It must not be
// called concurrently.
func (p *probe) half() {
	start := time.Now()
	_ = mulAdds(1, probeSteps) // the compiler must not inline it, or it could remove it
	p.best = min(p.best, time.Since(start))
}

// twoCores runs the two halves at once and reports whether this took about as
// long as one of them.
func (p *probe) twoCores() bool {
	start := time.Now()
	other := make(chan uint64)
	go func() { other <- mulAdds(1, probeSteps) }()
	p.half()
	<-other
	return overlapped(time.Since(start), p.best)
}

// overlapped reports whether the time of two halves together is close to the
// best time of a single one.
func overlapped(both, one time.Duration) bool {
	return float64(both) < twoCoreLimit*float64(one)
}
