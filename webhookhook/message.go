package webhookhook

import (
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// Event says what a message is about.
type Event string

// The events. The first five are sent unless WithEvents says otherwise.
const (
	// RunFailed tells that a run ended with the outcome error or panic.
	RunFailed Event = "run_failed"
	// RunCanceled tells that a run was cancelled before it was done.
	RunCanceled Event = "run_canceled"
	// RunRecovered tells of the first success after failed runs of one executor.
	RunRecovered Event = "run_recovered"
	// FirstFailure tells that items of a running run fail.
	FirstFailure Event = "first_failure"
	// RunAnomaly tells that a run behaves unlike itself: it stalls, for instance.
	RunAnomaly Event = "run_anomaly"
	// RunStarted tells that a run begins.
	RunStarted Event = "run_started"
	// RunSucceeded tells that a run ended well, and none failed before it.
	RunSucceeded Event = "run_succeeded"
	// RunProgress tells how far a run is. It is sent at the points that
	// WithMilestones or WithProgressInterval name.
	RunProgress Event = "run_progress"
)

// events are all of them.
var events = []Event{RunFailed, RunCanceled, RunRecovered, FirstFailure, RunAnomaly, RunStarted, RunSucceeded, RunProgress}

// Message is what happened, for a Format to put into words. All texts are valid
// UTF-8 without control characters and of bounded length, but come from the job
// and its data: a format must escape them.
type Message struct {
	// ID is unique, and the same for every attempt to deliver the message.
	ID string
	// Event is what the message is about.
	Event Event
	// At is when it happened, not when it is sent.
	At time.Time

	// Executor and RunID are those of core.RunStart.
	Executor, RunID string
	// Attrs are the run's attributes, at most 16.
	Attrs map[string]string
	// Host is the name of the machine.
	Host string

	// Started is when the run began.
	Started time.Time
	// Elapsed is the time since the run started; once it has ended, its duration.
	Elapsed time.Duration
	// Outcome is how the run ended; 0 as long as it goes on.
	Outcome core.Outcome
	// Workers is the most chunks that run at once; 0 when the caller decides.
	Workers int
	// Items is the run's total, -1 when it is not known. ItemsDone counts the
	// finished ones, those that failed included.
	Items, ItemsDone, ItemsFailed int
	// Chunks counts those that ended, ChunksFailed those of them that failed,
	// once the run has ended.
	Chunks, ChunksFailed int
	// Throughput is in items per second, 0 when nothing was done.
	Throughput float64
	// Remaining estimates the time to the end of a run that goes on.
	Remaining core.Estimate
	// Timing tells how long chunks took.
	Timing Timing

	// FirstFailure is the first failure of the run; nil if nothing failed.
	FirstFailure *Failure
	// Failures counts failed items by type of error, the most frequent first,
	// at most 32 types.
	Failures []FailureCount
	// Anomaly is set for RunAnomaly.
	Anomaly *Anomaly

	// FailedRuns is how many runs of the executor failed since the last that
	// did not, FailingSince when the first of them ended; for RunFailed this
	// run is one of them.
	FailedRuns   int
	FailingSince time.Time
	// Merged is how many runs ended that this message stands for, too: they
	// followed each other faster than messages are sent.
	Merged int
	// Previous is the executor's run that ended before; nil if it is not known.
	Previous *PreviousRun
	// Links are what WithLinks makes for the run.
	Links []Link
}

// Timing tells how long the chunks of a run took: P50 and P95 are percentiles,
// exact to about 6 %, and Slowest is exact. All is zero before the first chunk has
// ended.
type Timing struct {
	P50, P95, Slowest time.Duration
	// SlowestChunk is the index of the chunk that took longest.
	SlowestChunk int
}

// Failure is what failed first.
type Failure struct {
	// Type is the kind of error: "timeout", "panic" or a Go type.
	Type string
	// Text is the error's text, at most 200 characters; empty with
	// WithoutErrorText.
	Text string
	// Item is the index of the item, or of the first one of a chunk that failed
	// as a whole; -1 when it was no item that failed.
	Item int
}

// FailureCount is how many Items failed with one Type of error.
type FailureCount struct {
	Type  string
	Items int
}

// Anomaly is how a run behaves unlike itself.
type Anomaly struct {
	// Kind is one of core.AnomalyKind.
	Kind string
	// Over is true when it does so no longer.
	Over bool
	// Text is a sentence about it.
	Text string
}

// PreviousRun is the Outcome of the run before, and its Duration.
type PreviousRun struct {
	Outcome  core.Outcome
	Duration time.Duration
}

// Link is a place to look further. Formats that know buttons show it as one.
type Link struct {
	// Title is the text to click on.
	Title string
	// URL is absolute, with the scheme https or http; others are left out.
	URL string
}

// Percent returns how much of the run is done, from 0 to 100, and false when
// the total is not known.
func (m Message) Percent() (float64, bool) {
	return core.Progress{Items: m.Items, ItemsDone: m.ItemsDone}.Percent()
}
