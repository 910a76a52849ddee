package promhook

import (
	"time"

	"github.com/chunkscope/chunkscope/internal/live"
)

// lastSuccessName is the gauge that alerts on batch jobs rest on.
const lastSuccessName = "run_last_success_timestamp_seconds"

// gauges are the metrics read from the state of the active runs.
var gauges = []struct {
	name, unit, help string
	value            func(live.State) float64
}{
	{
		"runs_active", "", "Runs that have started and not ended. 0: none.",
		func(s live.State) float64 { return float64(s.RunsActive) },
	},
	{
		"run_last_start_timestamp_seconds", "seconds", "Start of the last run. 0: none has started.",
		func(s live.State) float64 { return unixSeconds(s.LastStart) },
	},
	{
		"run_last_completion_timestamp_seconds", "seconds", "End of the last run that ended, successful or not. 0: none has ended.",
		func(s live.State) float64 { return unixSeconds(s.LastCompletion) },
	},
	{
		lastSuccessName, "seconds", "End of the last run with outcome ok. 0: none has succeeded since the process started.",
		func(s live.State) float64 { return unixSeconds(s.LastSuccess) },
	},
	{
		"run_last_duration_seconds", "seconds", "Time that the last run to end took. 0: none has ended.",
		func(s live.State) float64 { return max(s.LastDuration, 0).Seconds() },
	},
	{
		"oldest_run_start_timestamp_seconds", "seconds", "Start of the run that has been active longest. 0: none is active.",
		func(s live.State) float64 { return unixSeconds(s.OldestRunStart) },
	},
	{
		"run_estimated_completion_timestamp_seconds", "seconds",
		"When the last of the active runs is expected to end. 0: none is active, or there is nothing to tell it by yet.",
		func(s live.State) float64 { return unixSeconds(s.EstimatedCompletion) },
	},
	{
		"chunks_active", "", "Chunks that are being worked on. 0: none.",
		func(s live.State) float64 { return nonNegative(s.ChunksActive) },
	},
	{
		"oldest_chunk_start_timestamp_seconds", "seconds", "Start of the chunk that has been worked on longest. 0: none is.",
		func(s live.State) float64 { return unixSeconds(s.OldestChunkStart) },
	},
	{
		"items_expected", "", "Items of the active runs whose total is known. 0: there is no such run.",
		func(s live.State) float64 { return nonNegative(s.ItemsExpected) },
	},
	{
		"progress_ratio", "ratio", "Share of items_expected that is done, failed ones included, from 0 to 1. 0: nothing yet, or no such run is active.",
		func(s live.State) float64 { return min(max(s.Progress, 0), 1) },
	},
	{
		"workers", "", "Chunks that may be worked on at once in the active runs. 0: no run is active, or their callers decide.",
		func(s live.State) float64 { return nonNegative(s.Workers) },
	},
	{
		"workers_active", "", "Workers of the active runs that have not finished. 0: none.",
		func(s live.State) float64 { return nonNegative(s.WorkersActive) },
	},
}

// unixSeconds returns an instant as Prometheus shows it, 0 for the zero time.
func unixSeconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix()) + float64(t.Nanosecond())/1e9
}

// nonNegative hides a sum that overflowed: a caller other than core may send any
// numbers.
func nonNegative(n int) float64 { return float64(max(n, 0)) }
