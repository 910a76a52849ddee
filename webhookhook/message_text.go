package webhookhook

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/chunkscope/chunkscope/core"
)

// Fact is one detail of a message, with a Name and a Value: "Duration", "12m04s".
type Fact struct{ Name, Value string }

// Icon returns an emoji for the message's event.
func (m Message) Icon() string {
	switch m.Event {
	case RunFailed:
		return "❌"
	case RunCanceled:
		return "⏹️"
	case RunRecovered, RunSucceeded:
		return "✅"
	case FirstFailure, RunAnomaly:
		return "⚠️"
	case RunStarted:
		return "▶️"
	}
	return "⏳"
}

// Headline returns the message in one sentence, which begins with the executor and
// its state. It is plain text, not escaped for any service.
func (m Message) Headline() string {
	elapsed := formatDuration(m.Elapsed)
	switch m.Event {
	case RunFailed:
		return m.Executor + " failed after " + elapsed + m.failureText() + m.mergedText()
	case RunCanceled:
		return m.Executor + " was canceled after " + elapsed + ": " + m.doneText() + m.withFailures() + m.mergedText()
	case RunRecovered:
		return m.Executor + " recovered after " + pluralize(m.FailedRuns, "failed run") + ": " + m.doneText() + " in " + elapsed + m.withFailures() + m.mergedText()
	case RunSucceeded:
		return m.Executor + " succeeded: " + m.doneText() + " in " + elapsed + m.withFailures() + m.mergedText()
	case RunStarted:
		return m.Executor + " started" + m.startText()
	case FirstFailure:
		return m.Executor + " has failures after " + elapsed + m.failureText()
	case RunAnomaly:
		return m.Executor + ": " + m.anomalyText()
	case RunProgress:
		return m.Executor + " is at " + m.progressText() + " after " + elapsed + m.remainingText()
	}
	return m.Executor + ": " + string(m.Event)
}

// Facts returns the details of the message, at most 10, the most important first.
func (m Message) Facts() []Fact {
	var facts []Fact
	add := func(name, value string, known bool) {
		if known {
			facts = append(facts, Fact{name, value})
		}
	}
	ended := m.Outcome != 0
	add("Done", m.progressText(), m.Event != RunStarted)
	add("Failed", pluralize(m.ItemsFailed, "item"), m.ItemsFailed > 0)
	add("Duration", formatDuration(m.Elapsed), ended)
	add("Elapsed", formatDuration(m.Elapsed), !ended && m.Event != RunStarted)
	add("Throughput", formatRate(m.Throughput), m.Throughput > 0)
	add("Workers", formatCount(m.Workers), m.Workers > 0)
	t := m.Timing
	add("Chunk p50 / p95", formatDuration(t.P50)+" / "+formatDuration(t.P95), t.Slowest > 0)
	slowest := "#" + strconv.Itoa(t.SlowestChunk)
	if t.SlowestName != "" {
		slowest += ", " + t.SlowestName
	}
	add("Slowest chunk", formatDuration(t.Slowest)+" ("+slowest+")", t.Slowest > 0)
	add("Counted", m.counterText(), len(m.Counters) > 0)
	add("Remaining", "about "+formatDuration(m.Remaining.Expected), m.Remaining.Known)
	if m.Previous != nil {
		add("Previous run", m.Previous.Outcome.String()+", "+formatDuration(m.Previous.Duration), true)
	}
	return facts
}

// Context returns the origin of the message: the run, the host, the run's
// attributes.
func (m Message) Context() []Fact {
	facts := []Fact{{"run", m.RunID}}
	if m.Host != "" {
		facts = append(facts, Fact{"host", m.Host})
	}
	for _, k := range sortedKeys(m.Attrs) {
		facts = append(facts, Fact{k, m.Attrs[k]})
	}
	return facts
}

// Detail returns the first failure as text for a block of code. It is empty if
// nothing failed.
func (m Message) Detail() string {
	f := m.FirstFailure
	if f == nil {
		return ""
	}
	text := f.Type
	if f.Text != "" {
		text += ": " + f.Text
	}
	switch {
	case f.Item >= 0 && f.Name != "":
		text = "item " + formatCount(f.Item) + " (" + f.Name + "): " + text
	case f.Item >= 0:
		text = "item " + formatCount(f.Item) + ": " + text
	}
	if more := m.ItemsFailed - 1; more > 0 {
		text += "\n… and " + formatCount(more) + " more"
	}
	return text
}

// counterText returns the first of the user's counters.
func (m Message) counterText() string {
	const most = 5 // in a fact
	var texts []string
	for _, c := range m.Counters[:min(most, len(m.Counters))] {
		text := c.Name + " " + formatCount(int(c.Value))
		if c.Unit != "" && !strings.HasPrefix(c.Name, c.Unit+"_") && !strings.HasSuffix(c.Name, "_"+c.Unit) {
			text += " " + c.Unit
		}
		texts = append(texts, text)
	}
	if len(m.Counters) > most {
		texts = append(texts, "…")
	}
	return ellipsizeRunes(strings.Join(texts, ", "), maxErrorText)
}

// failureText returns how many items failed, and of which types of error. Of a run
// that failed without an item it returns how much is done, and the type of error.
func (m Message) failureText() string {
	switch {
	case m.ItemsFailed > 0 && m.Items >= 0:
		return ": " + formatCount(m.ItemsFailed) + " of " + pluralize(m.Items, "item") + " failed" + m.failureTypes()
	case m.ItemsFailed > 0:
		return ": " + pluralize(m.ItemsFailed, "item") + " failed" + m.failureTypes()
	case m.ItemsDone < m.Items && m.Event == RunFailed:
		text := ": " + m.doneText()
		if f := m.FirstFailure; f != nil && f.Type != plainErrorType {
			text += " (" + f.Type + ")"
		}
		return text
	case m.FirstFailure != nil:
		return ": " + m.FirstFailure.Type
	}
	return ""
}

// plainErrorType is the type of errors that are nothing but a text.
const plainErrorType = "errors.errorString"

// withFailures returns the failed items of a run that did not fail by them.
func (m Message) withFailures() string {
	if m.ItemsFailed == 0 {
		return ""
	}
	failed := ", " + formatCount(m.ItemsFailed) + " failed"
	if m.Outcome == core.OutcomePartial {
		failed += " as tolerated"
	}
	return failed + m.failureTypes()
}

// failureTypes returns the most frequent types of error in parentheses.
func (m Message) failureTypes() string {
	const most = 3 // in a sentence
	if len(m.Failures) == 0 {
		return ""
	}
	var types []string
	for _, f := range m.Failures[:min(most, len(m.Failures))] {
		types = append(types, f.Type+" "+formatCount(f.Items))
	}
	if len(m.Failures) > most {
		types = append(types, "…")
	}
	return " (" + strings.Join(types, ", ") + ")"
}

func (m Message) doneText() string {
	if m.Items >= 0 && m.ItemsDone < m.Items {
		return formatCount(m.ItemsDone) + " of " + pluralize(m.Items, "item") + " done"
	}
	return pluralize(m.ItemsDone, "item") + " done"
}

// progressText returns the items done, with the percentage if it is known.
func (m Message) progressText() string {
	percent, known := m.Percent()
	if !known {
		return pluralize(m.ItemsDone, "item")
	}
	// It is rounded down: 100 % means that everything is done.
	return fmt.Sprintf("%s of %s (%d%%)", formatCount(m.ItemsDone), formatCount(m.Items), int(percent))
}

func (m Message) startText() string {
	var on string
	if m.Workers > 0 {
		on = " on " + pluralize(m.Workers, "worker")
	}
	if m.Items < 0 {
		return on
	}
	return ": " + pluralize(m.Items, "item") + on
}

func (m Message) anomalyText() string {
	switch a := m.Anomaly; {
	case a == nil:
		return "anomaly"
	case a.Over:
		return a.Kind + " is over: " + a.Text
	default:
		return a.Kind + ": " + a.Text
	}
}

func (m Message) remainingText() string {
	if !m.Remaining.Known {
		return ""
	}
	return ", about " + formatDuration(m.Remaining.Expected) + " left"
}

func (m Message) mergedText() string {
	if m.Merged == 0 {
		return ""
	}
	return "; " + pluralize(m.Merged, "run") + " ended just before it"
}
