package main

import (
	"slices"
	"strings"
	"time"
)

// A write is what a program wrote to its terminal at once.
type write struct {
	at   time.Duration // since the start
	text []byte
}

// environment returns the variables of the recorded program. They describe a
// terminal with colors, name no back end, and leave the workspace on, which
// GOWORK=off switches off for this command.
func environment(inherited []string) []string {
	kept := slices.DeleteFunc(slices.Clone(inherited), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return strings.HasPrefix(name, "CHUNKSCOPE_") || strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "LC_") ||
			slices.Contains([]string{"CI", "GOWORK", "LANG", "NO_COLOR", "TERM"}, name)
	})
	return append(kept, "LANG=C.UTF-8", "TERM=xterm-256color")
}
