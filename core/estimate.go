package core

import "time"

const (
	rateSpan    = 5 * time.Second // of the recent rate
	rateSamples = 20
)

// rateWindow keeps how many items were done when, over the last rateSpan.
type rateWindow struct {
	samples [rateSamples]sample // a ring
	first   int                 // the oldest one
	count   int
}

type sample struct {
	at    time.Duration
	items int
}

// add records that items were done at now, and returns the recent rate in items
// per second.
func (w *rateWindow) add(now time.Duration, items int) float64 {
	for w.count > 1 && w.sampleAt(1).at <= now-rateSpan {
		w.first = (w.first + 1) % rateSamples
		w.count--
	}
	from := sample{} // the run's start
	if w.count > 0 && now > rateSpan {
		from = w.sampleAt(0)
	}
	if w.count == 0 || now-w.sampleAt(w.count-1).at >= rateSpan/(rateSamples-2) {
		if w.count == rateSamples {
			w.first = (w.first + 1) % rateSamples
			w.count--
		}
		w.samples[(w.first+w.count)%rateSamples] = sample{now, items}
		w.count++
	}
	if now <= from.at {
		return 0
	}
	return float64(items-from.items) / (now - from.at).Seconds()
}

func (w *rateWindow) sampleAt(i int) sample { return w.samples[(w.first+i)%rateSamples] }

// estimate forecasts the rest of a run from its overall and its recent rate.
func estimate(p *Progress, workers int) Estimate {
	left := p.Items - p.ItemsDone
	switch {
	case p.Items < 0:
		return Estimate{}
	case left <= 0:
		return Estimate{Known: true}
	case p.Throughput <= 0, p.AverageThroughput <= 0:
		return Estimate{}
	case p.Elapsed < 2*time.Second && p.Chunks < 3*workers:
		return Estimate{}
	}
	fast, slow := max(p.Throughput, p.AverageThroughput), min(p.Throughput, p.AverageThroughput)
	return Estimate{
		Known:    true,
		Low:      timeFor(left, fast),
		Expected: timeFor(left, (fast+slow)/2),
		High:     timeFor(left, slow),
	}
}

// timeFor returns the time for items at a rate per second, without overflow.
func timeFor(items int, rate float64) time.Duration {
	const most = 100 * 365 * 24 * time.Hour
	return time.Duration(min(float64(items)/rate*float64(time.Second), float64(most)))
}
