package termhook

import (
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// Of the runs that end within a burstInterval, maxBurst are shown one by one.
// The others are counted, and their number is shown after it.
const (
	maxBurst      = 8
	burstInterval = 5 * time.Second
)

// burstLimiter limits how many ends of runs are shown one by one.
type burstLimiter struct {
	start      time.Time // of the interval
	shown      int       // ends shown one by one in it
	suppressed outcomeCounts
}

// limit returns how many of the runs that ended are shown one by one, the first
// ones, and how many suppressed ones are to be shown as a number now. With last
// set, none is kept for later.
func (b *burstLimiter) limit(now time.Time, ended []*run, last bool) (shown int, suppressed outcomeCounts) {
	over := now.Sub(b.start) >= burstInterval
	if over {
		b.start, b.shown = now, 0
	}
	shown = min(len(ended), maxBurst-b.shown)
	b.shown += shown
	for _, r := range ended[shown:] {
		b.suppressed.add(r.ended.Outcome)
	}
	if over || last {
		suppressed, b.suppressed = b.suppressed, outcomeCounts{}
	}
	return shown, suppressed
}

// timer returns a channel that receives when suppressed ends are to be shown,
// nil if there are none.
func (b *burstLimiter) timer() <-chan time.Time {
	if b.suppressed.runs == 0 {
		return nil
	}
	return time.After(time.Until(b.start.Add(burstInterval)))
}

// outcomeCounts counts runs by outcome.
type outcomeCounts struct{ runs, ok, partial, failed, canceled int }

func (c *outcomeCounts) add(o core.Outcome) {
	c.runs++
	switch o {
	case core.OutcomeOK:
		c.ok++
	case core.OutcomePartial:
		c.partial++
	case core.OutcomeCanceled:
		c.canceled++
	default:
		c.failed++
	}
}
