package promhook

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Labels of the metrics; there are no others. Their values are words of this
// package, or outside texts that package label cleans and limits in number.
const (
	labelExecutor  = "executor"
	labelOutcome   = "outcome"
	labelType      = "type"
	labelHook      = "hook"
	labelReason    = "reason"
	labelVersion   = "version"
	labelGoVersion = "goversion"

	// labelProcess is a label of pushed groups, never of a metric.
	labelProcess = "process"
)

// reservedLabels are the names that WithConstLabels refuses: the labels of the
// metrics, of pushed groups, of histograms and of anomalies, and the two that name
// a server's targets.
var reservedLabels = []string{
	labelExecutor, labelOutcome, labelType, labelHook, labelReason, labelVersion, labelGoVersion, labelProcess,
	"kind", "le", "quantile", "job", "instance",
}

// constLabelProblem describes what is wrong with a constant label. It returns
// the empty text for a valid one.
func constLabelProblem(name, value string) string {
	switch {
	case slices.Contains(reservedLabels, name):
		return "the metrics or Prometheus itself use this label; choose another name"
	case !validLabel(name, ""):
		return "the name of the label is invalid; use letters, digits and underscores, no digit first and no two underscores first"
	case !validLabel(name, value):
		return "the value of the label is not UTF-8; convert it"
	}
	return ""
}

// validLabel reports whether every server accepts a label. Newer servers allow
// more in names, but older ones refuse the whole scrape.
func validLabel(name, value string) bool {
	return validName(name) && !strings.HasPrefix(name, "__") && utf8.ValidString(value)
}

// validName reports whether s is a valid name of a label, or part of a metric's.
func validName(s string) bool {
	for i, r := range s {
		switch {
		case r == '_', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		case '0' <= r && r <= '9' && i > 0:
		default:
			return false
		}
	}
	return s != ""
}
