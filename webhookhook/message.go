package webhookhook

import (
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// Event is the kind of a message.
type Event string

// The events. The first five are sent by default; see WithEvents.
const (
	// RunFailed is a run that ended with the outcome error or panic. One that ended too
	// early, without failures, has done less than all of its items.
	RunFailed Event = "run_failed"
	// RunCanceled is a run that was cancelled before it was done. Items may have
	// failed until then, and the message says so.
	RunCanceled Event = "run_canceled"
	// RunRecovered is the first success of an executor after failed runs.
	RunRecovered Event = "run_recovered"
	// FirstFailure is a run that has failures and goes on.
	FirstFailure Event = "first_failure"
	// RunAnomaly is an anomaly of a run, a stall for instance, or its end.
	RunAnomaly Event = "run_anomaly"
	// RunStarted is a run that begins.
	RunStarted Event = "run_started"
	// RunSucceeded is a success without failed runs before it. A run that tolerated
	// its failures is a success, and the message says how many items failed.
	RunSucceeded Event = "run_succeeded"
	// RunProgress is the progress of a run, as WithMilestones and
	// WithProgressInterval ask for it.
	RunProgress Event = "run_progress"
)

// events lists every event, those that are sent by default first.
var events = []Event{RunFailed, RunCanceled, RunRecovered, FirstFailure, RunAnomaly, RunStarted, RunSucceeded, RunProgress}

// Message is what a Format encodes. Its texts are valid UTF-8 of bounded length
// without control characters; only FirstFailure.Text may have line ends. They come
// from the job and its data, and a format must escape them.
type Message struct {
	// ID is unique. It stays the same in every attempt to deliver the message.
	ID string
	// Event is the kind of the message.
	Event Event
	// At is the time of the event, not of the delivery.
	At time.Time

	// Executor and RunID are those of core.RunStart.
	Executor, RunID string
	// Attrs are the run's attributes, at most 16.
	Attrs map[string]string
	// Host is the name of the machine.
	Host string

	// Started is when the run began.
	Started time.Time
	// Elapsed is the time since the run started, or the duration of a run that
	// has ended.
	Elapsed time.Duration
	// Outcome is the outcome of the run, 0 while it goes on.
	Outcome core.Outcome
	// Workers is the limit of chunks that run at once, 0 if there is none.
	Workers int
	// Items is the run's total, -1 if it is not known. ItemsDone counts finished
	// items, those that failed included.
	Items, ItemsDone, ItemsFailed int
	// Chunks counts the chunks that have ended. ChunksFailed counts those of them
	// that failed, and is 0 while the run goes on.
	Chunks, ChunksFailed int
	// Throughput is in items per second, 0 if no item is done.
	Throughput float64
	// Remaining estimates the time to the end of a run that goes on.
	Remaining core.Estimate
	// Timing is the durations of the run's chunks.
	Timing Timing

	// FirstFailure is the first failure of the run, nil if nothing failed.
	FirstFailure *Failure
	// Failures counts failed items by type of error, the most frequent first,
	// at most 32 types.
	Failures []FailureCount
	// Counters are the user's counters that a run which has ended added to, see
	// core.NewCounter, the first 16 by name.
	Counters []Counter
	// Anomaly is set for RunAnomaly.
	Anomaly *Anomaly

	// FailedRuns counts the failed runs of the executor since its last success, in
	// this process. RunFailed counts its own run. FailingSince is the end of the
	// first of them.
	FailedRuns   int
	FailingSince time.Time
	// Merged counts the runs that this message covers besides its own. They ended
	// within the interval of WithRepeatInterval.
	Merged int
	// Previous is the executor's previous run in this process, nil if there is none.
	Previous *PreviousRun
	// Links are those of WithLinks, at most 5.
	Links []Link
}

// Timing is the durations of a run's chunks. P50 and P95 are percentiles, exact to
// about 6 %; Slowest is exact. All are zero before the first chunk has ended.
type Timing struct {
	P50, P95, Slowest time.Duration
	// SlowestChunk is the index of the slowest chunk.
	SlowestChunk int
	// SlowestName is its name, if it took a second or more: see core.NameFrom. It is empty
	// with WithoutErrorText.
	SlowestName string
}

// Failure is the first failure of a run.
type Failure struct {
	// Type is the kind of error: "timeout", "panic" or a Go type.
	Type string
	// Text is the text of the error, at most 200 characters. It is empty with
	// WithoutErrorText.
	Text string
	// Item is the index of the item, or of the first item of a chunk that failed
	// as a whole. It is -1 if the run failed without an item.
	Item int
	// Name is the name of that item or chunk, empty if it has none, and with
	// WithoutErrorText.
	Name string
}

// FailureCount is the number of Items that failed with one Type of error.
type FailureCount struct {
	Type  string
	Items int
}

// Counter is the sum of one of the user's counters in a run.
type Counter struct {
	// Name, Unit and Value are those of core.CounterValue.
	Name, Unit string
	Value      int64
}

// Anomaly is an anomaly of a run.
type Anomaly struct {
	// Kind is a core.AnomalyKind.
	Kind string
	// Over reports that the anomaly has ended.
	Over bool
	// Text describes it in a sentence.
	Text string
}

// PreviousRun is the Outcome and the Duration of an executor's previous run.
type PreviousRun struct {
	Outcome  core.Outcome
	Duration time.Duration
}

// Link is a link to a page about the run. Formats with buttons show it as one.
type Link struct {
	// Title is the text to click on.
	Title string
	// URL is absolute, with the scheme https or http. Other links are not sent.
	URL string
}

// Percent returns the part of the run that is done, from 0 to 100. It returns
// false if the total is not known.
func (m Message) Percent() (float64, bool) {
	return core.Progress{Items: m.Items, ItemsDone: m.ItemsDone}.Percent()
}

// isFailed reports whether a run with this outcome has failed. Outcomes that are
// neither failures nor cancelled are successes, core.OutcomePartial among them. An
// event without an outcome is a failure: it is invalid.
func isFailed(o core.Outcome) bool {
	return o == 0 || o.Failed()
}
