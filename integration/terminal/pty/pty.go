// Package pty runs commands on a terminal, as a person does, and keeps what they
// write there.
package pty

import (
	"slices"
	"strings"
	"time"
)

// A Write is what a command wrote to its terminal at once.
type Write struct {
	At   time.Duration // since the start
	Text []byte
}

// A Key is typed once a command has written some text.
type Key struct {
	After, Type string
	Before      func(shown string) // called with all that is shown, before it is typed; nil for nothing
}

// Interrupt is Ctrl-C.
const Interrupt = "\x03"

// Environment returns the variables for a command, from inherited ones. They
// describe a terminal with colors, name no back end, and leave the workspace on,
// which GOWORK=off switches off for the commands of this module.
func Environment(inherited []string) []string {
	kept := slices.DeleteFunc(slices.Clone(inherited), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return strings.HasPrefix(name, "CHUNKSCOPE_") || strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "LC_") ||
			slices.Contains([]string{"CI", "GOWORK", "LANG", "NO_COLOR", "TERM"}, name)
	})
	return append(kept, "LANG=C.UTF-8", "TERM=xterm-256color")
}
