//go:build !race

// The race detector allocates memory and makes code several times slower, and
// not evenly. Its numbers say nothing about the real build, so this file is not
// part of a race build.

package main

import (
	"testing"

	"github.com/chunkscope/chunkscope/integration/bench/internal/allocs"
	"github.com/chunkscope/chunkscope/integration/bench/internal/overhead"
	"github.com/chunkscope/chunkscope/integration/bench/internal/peer"
	"github.com/chunkscope/chunkscope/integration/bench/internal/scale"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
)

// TestQuickForm runs most of the program in its short form, half a minute on an
// idle machine. It compares counts with their bars exactly, because they do not
// depend on the machine, and times and memory with a margin.
func TestQuickForm(t *testing.T) {
	s := &trial.Session{Rounds: 3, Ungated: true, Log: t.Output()}
	watched, err := overhead.Part(true)
	if err != nil {
		t.Fatal(err)
	}
	defer watched.Close()
	for _, p := range []trial.Part{allocs.Part(), scale.Part(true, 1_000_000), peer.Part(true), watched} {
		_, readings := p.Run(s)
		if len(readings) == 0 {
			t.Errorf("%s has nothing to say", p.Name)
		}
		for _, r := range readings {
			if complaint := checkWithMargin(r); complaint != "" {
				t.Error(complaint)
			}
		}
	}
}
