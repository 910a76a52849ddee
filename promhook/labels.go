package promhook

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Labels of the metrics. None other is ever used: their values are words of
// ours, or texts from outside that package label cleans and limits in number.
const (
	labelExecutor  = "executor"
	labelOutcome   = "outcome"
	labelType      = "type"
	labelHook      = "hook"
	labelReason    = "reason"
	labelVersion   = "version"
	labelGoVersion = "goversion"
)

// taken are label names that constant labels cannot have: those of the metrics,
// of histograms, of anomalies, and the two by which a server knows its targets.
var reservedLabels = []string{
	labelExecutor, labelOutcome, labelType, labelHook, labelReason, labelVersion, labelGoVersion,
	"kind", "le", "quantile", "job", "instance",
}

// constLabelProblem says what is wrong with a constant label, or nothing.
func constLabelProblem(name, value string) string {
	switch {
	case slices.Contains(reservedLabels, name):
		return "is taken by the metrics or by Prometheus itself; choose another name"
	case !validLabel(name, value):
		return "is not valid: want a name of letters, digits and underscores, a letter first, and a value in UTF-8"
	}
	return ""
}

// validLabel tells whether a label is good for every server. Newer ones allow
// more in names; older ones would refuse the whole scrape.
func validLabel(name, value string) bool {
	return validName(name) && !strings.HasPrefix(name, "__") && utf8.ValidString(value)
}

// validName tells whether s is a valid name of a label, or part of a metric's.
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
