package uihook

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// The severities of what needs attention, as those of the alerts.
const (
	critical = "critical"
	warning  = "warning"
	info     = "info"
)

const (
	failingFrom   = 100  // items done, the part of failures says something
	failingRatio  = 0.05 // more of the items fail than usual
	criticalRatio = 0.5

	slowerFrom  = 10 * time.Second // of a run, its rate says something
	slowerRatio = 0.5              // of the mean rate
	idleRatio   = 0.25             // of the workers, the rest waits
)

// attention returns what a reader should look at, in the words of the alerts.
func (v *reading) attention(run *runView) []attentionView {
	all := []attentionView{}
	say := func(severity, alert, format string, args ...any) {
		all = append(all, attentionView{severity, alert, fmt.Sprintf(format, args...)})
	}
	if v.end != nil && v.end.Outcome.Failed() {
		text := fmt.Sprintf("The run failed: %s of %s items failed.", formatCount(v.failed), formatCount(v.done))
		if v.failed == 0 {
			text = "The run failed."
		}
		if run.Error != "" {
			text += " " + run.Error
		}
		say(critical, "RunFailed", "%s", text)
	}
	if v.stalled() {
		say(critical, "RunStalled", "The run is active and has finished nothing for %s.", formatSeconds(v.idle.Seconds()))
	}
	v.attendSlowChunks(run, say)
	tolerated := v.end != nil && v.end.Outcome == core.OutcomePartial
	if part := ratio(float64(v.failed), float64(v.done)); !tolerated && v.done >= failingFrom && part >= failingRatio {
		severity := warning
		if part >= criticalRatio {
			severity = critical
		}
		say(severity, "ItemsFailing", "%s of the items fail: %s of %s.", formatPercent(100*part), formatCount(v.failed), formatCount(v.done))
	}
	if v.end == nil && !v.stalled() && v.elapsed >= slowerFrom && run.ThroughputNow < slowerRatio*run.Throughput {
		say(warning, "ItemsSlow", "Items come at %s now, at %s over the whole run.", formatRate(run.ThroughputNow), formatRate(run.Throughput))
	}
	if v.end == nil && v.workers >= 4 && v.elapsed >= stallAfter && float64(run.ChunksActive) < idleRatio*float64(v.workers-run.ChunksWaiting) {
		say(info, "WorkersIdle", "Only %d of %d workers are busy.", run.ChunksActive, v.workers-run.ChunksWaiting)
	}
	for _, a := range v.anomalies {
		text := a.text
		if text == "" {
			text = fmt.Sprintf("The run behaves unlike itself: %s.", a.name)
		}
		say(warning, a.name, "%s", text)
	}
	if v.faults > 0 {
		say(warning, "HookFaulty", "Hooks misbehaved %s times in this run: they panicked, or held it up for over ten seconds.", formatCount(v.faults))
	}
	return all
}

// attendSlowChunks names the three oldest of the slow chunks.
func (v *reading) attendSlowChunks(run *runView, say func(severity, alert, format string, args ...any)) {
	var slow []laneView
	for _, l := range run.Lanes {
		if l.Now != nil && l.Now.Slow {
			slow = append(slow, l)
		}
	}
	slices.SortStableFunc(slow, func(a, b laneView) int { return int(b.Now.Elapsed - a.Now.Elapsed) })
	for i, l := range slow {
		if i == 3 {
			say(warning, "ChunkStuck", "%d more chunks have been worked on far longer than chunks of this run normally are.", len(slow)-i)
			return
		}
		usual := "no chunk has ended yet"
		if v.sum.chunks > 0 {
			usual = "99 of 100 chunks take at most " + formatSeconds(v.p99.Seconds())
		}
		items := formatItems(l.Now.Offset, l.Now.Items)
		if l.Now.Name != "" {
			items += ", now at " + l.Now.Name
		}
		say(warning, "ChunkStuck", "Chunk #%d (%s) has been worked on by %s for %s; %s.", l.Now.Chunk, items, formatWorker(l), formatSeconds(l.Now.Elapsed), usual)
	}
}

// bySeverity sorts what needs attention, what is worst first.
func bySeverity(all []attentionView) []attentionView {
	order := []string{critical, warning, info}
	slices.SortStableFunc(all, func(a, b attentionView) int {
		return slices.Index(order, a.Severity) - slices.Index(order, b.Severity)
	})
	return all
}

// attentionTo returns what to look at in the health of other hooks.
func attentionTo(exporters []exporterView) []attentionView {
	all := []attentionView{}
	for _, x := range exporters {
		for _, reason := range slices.Sorted(maps.Keys(x.Dropped)) {
			if n := x.Dropped[reason]; n > 0 {
				all = append(all, attentionView{warning, "HookDropping", fmt.Sprintf(
					"The hook %s has given up %s since its process started, for the reason %s.", x.Hook, formatCount(int(n)), reason)})
			}
		}
		if x.Errors > 0 {
			all = append(all, attentionView{info, "HookFailing", fmt.Sprintf("The hook %s has failed %s times since its process started.", x.Hook, formatCount(int(x.Errors)))})
		}
	}
	return all
}
