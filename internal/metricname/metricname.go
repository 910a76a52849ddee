// Package metricname has the rules for the names of the user's own counters. Core
// checks them when a counter is made, and hooks name metrics by them, so that no two
// counters meet in a back end.
package metricname

import (
	"slices"
	"strings"
)

const (
	maxName = 64
	maxUnit = 32
)

// Valid reports whether every back end takes a name as it is: lower-case letters,
// digits and underscores, a letter first.
func Valid(name string) bool { return isWord(name, maxName, "0123456789_") }

// ValidUnit reports whether a unit is a plain word, or empty.
func ValidUnit(unit string) bool { return unit == "" || isWord(unit, maxUnit, "_") }

func isWord(s string, most int, others string) bool {
	for i, r := range s {
		if (r < 'a' || r > 'z') && (i == 0 || !strings.ContainsRune(others, r)) {
			return false
		}
	}
	return s != "" && len(s) <= most
}

// ownFamilies are the first words of names that Chunkscope has, or may get. ownNames
// are its names beside them.
var (
	ownFamilies = []string{
		"chunkscope", "run", "runs", "chunk", "chunks", "worker", "workers", "remote", "hook", "hooks",
		"anomaly", "anomalies", "oldest", "progress", "throughput", "build",
	}
	ownNames = []string{"items", "items_expected", "errors"}
)

// Reserved reports whether a name is one of Chunkscope's own.
func Reserved(name string) bool {
	first, _, _ := strings.Cut(name, "_")
	return slices.Contains(ownFamilies, first) || slices.Contains(ownNames, name)
}

// Prometheus returns the name of a counter in Prometheus, without a namespace: with its
// unit if that is bytes or seconds, and with _total. It is the name that a collector
// makes of OpenTelemetry's.
func Prometheus(name, unit string) string {
	if isBase(unit) && !strings.HasSuffix(name, "_"+unit) {
		name += "_" + unit
	}
	return name + "_total"
}

// OpenTelemetry returns the unit of a counter in OpenTelemetry: a unit of measure, or
// what is counted in braces.
func OpenTelemetry(unit string) string {
	switch unit {
	case "bytes":
		return "By"
	case "seconds":
		return "s"
	case "":
		return ""
	}
	return "{" + unit + "}"
}

func isBase(unit string) bool { return unit == "bytes" || unit == "seconds" }
