package paired

import "time"

const (
	// maxTries is how often one sample is attempted before it is dropped.
	maxTries = 6

	// probeSteps is the length of one half of the two-core probe, in
	// multiply-adds. About 2 ms: long against waking a thread for the second
	// goroutine, which can take more than 0.1 ms, and short against the phases
	// in which a core comes and goes.
	probeSteps = 2_000_000

	// calibrationRuns is how many halves run alone to find the best time of
	// one core.
	calibrationRuns = 20

	// twoCoreLimit is how much longer than one half alone the two halves
	// together may take. One core would need a factor of two.
	twoCoreLimit = 1.25

	// warmUps is how many probes' worth of work on both cores follow the first
	// rejection of a sample; each further one is followed by so many more. All
	// together they outlast a short one-core phase, which immediate repetitions
	// would not. It is work and not sleep, because an idle core is the last to
	// be given back: after 20 ms of sleep hardly any probe sees two.
	warmUps = 5
)

// gate accepts a sample only if two cores were there before and after it. The
// rule knows nothing about the variant that is measured. A nil gate accepts
// everything.
type gate struct {
	probe func() bool   // reports whether two cores are there now
	warm  func(try int) // keeps two cores busy after the try-th rejection, counted from 1
}

// newGate returns a gate for this machine. It takes some 50 ms, to find out
// how fast one core is.
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

// sample returns the duration of an accepted execution, or dropped if there
// was none in maxTries, and the number of rejections. prepare precedes each
// attempt outside the measurement and before the first probe. If already that
// probe fails, the execution is not even started.
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

// TwoCores probes so many times whether two goroutines really run at the same
// time, and returns how often they did: what a gate would find now.
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

// probe tells whether two goroutines really run at the same time.
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

// half does one half of the probe and keeps the best time. It must not be
// called concurrently.
func (p *probe) half() {
	start := time.Now()
	_ = mulAdds(1, probeSteps) // which the compiler may not inline, and so not remove
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

// overlapped reports whether both, the time of two halves together, is near
// enough to one, the best time of a single one.
func overlapped(both, one time.Duration) bool {
	return float64(both) < twoCoreLimit*float64(one)
}
