package live

import "time"

// State is what an executor's gauges show at one instant. A field of type Time
// is the zero time while it has no value.
type State struct {
	RunsActive     int
	OldestRunStart time.Time // of the active runs

	LastStart      time.Time
	LastCompletion time.Time // successful or not
	LastSuccess    time.Time
	LastDuration   time.Duration // of the run that completed last

	// Workers is how many chunks may run at once. A run of Executor.Start adds
	// 0, as its caller decides. WorkersActive counts the workers that have started
	// and not ended. For a run of Executor.Start it counts the active chunks.
	Workers, WorkersActive int

	ChunksActive     int
	OldestChunkStart time.Time // of the active chunks

	// ItemsExpected and ItemsDone count the active runs whose total is known.
	ItemsExpected, ItemsDone int
	// Progress is ItemsDone over ItemsExpected, from 0 to 1. HasProgress reports
	// whether the total of an active run is known; otherwise Progress is 0.
	Progress    float64
	HasProgress bool

	// Throughput is in items per second, over about the last five seconds.
	Throughput float64

	// EstimatedCompletion is when the last of the active runs is expected to
	// end. It is the zero time while one of them has no estimate.
	EstimatedCompletion time.Time
}

// Remaining returns the time from now to EstimatedCompletion, at least 0. It
// returns false if there is no estimate.
func (s State) Remaining(now time.Time) (time.Duration, bool) {
	if s.EstimatedCompletion.IsZero() {
		return 0, false
	}
	return max(0, s.EstimatedCompletion.Sub(now)), true
}

// Read returns the sums over the active runs.
func (x *Executor) Read() State {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := State{
		RunsActive:     len(x.runs),
		LastStart:      x.lastStart,
		LastCompletion: x.lastCompletion,
		LastSuccess:    x.lastSuccess,
		LastDuration:   x.lastDuration,
	}
	allEstimated := true
	for r := range x.runs {
		s.add(r)
		allEstimated = allEstimated && r.progress.Remaining.Known
	}
	switch {
	case !s.HasProgress:
	case s.ItemsExpected == 0:
		s.Progress = 1
	default:
		s.Progress = float64(s.ItemsDone) / float64(s.ItemsExpected)
	}
	if !allEstimated {
		s.EstimatedCompletion = time.Time{}
	}
	return s
}

// add adds an active run to the sums.
func (s *State) add(r *Run) {
	p := &r.progress
	s.OldestRunStart = earlier(s.OldestRunStart, r.start.Started)
	s.Workers += r.start.Workers
	s.WorkersActive += r.workers
	if r.start.Workers == 0 {
		s.WorkersActive += p.ChunksActive
	}
	s.ChunksActive += p.ChunksActive
	s.OldestChunkStart = earlier(s.OldestChunkStart, p.OldestChunk.Started)
	if r.start.Items >= 0 {
		s.HasProgress = true
		s.ItemsExpected += r.start.Items
		s.ItemsDone += min(p.ItemsDone, r.start.Items) // a caller of Executor.Start may do more than announced
	}
	s.Throughput += p.Throughput
	if p.Remaining.Known {
		s.EstimatedCompletion = later(s.EstimatedCompletion, p.At.Add(p.Remaining.Expected))
	}
}
