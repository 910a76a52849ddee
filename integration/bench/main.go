// Bench measures Chunkscope: its speed compared with hand-written loops and
// other libraries, the cost of hooks and exporters, its growth, and how all of
// that compares with the bars of the project. Run it on an idle machine:
//
//	GOWORK=off go -C integration run ./bench                      # everything, about 20 minutes
//	GOWORK=off go -C integration run ./bench -quick               # a rough measurement, a minute
//	GOWORK=off go -C integration run ./bench -only peers -bars    # one part; exit 1 if a bar is missed
//	GOWORK=off go -C integration run ./bench -out ../docs         # writes docs/performance.md
//
// Everything is a ratio of two times taken in one process within one round, in
// shuffled rounds; package internal/paired describes the method. The parts are
// packages below internal.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/integration/bench/internal/allocs"
	"github.com/chunkscope/chunkscope/integration/bench/internal/counter"
	"github.com/chunkscope/chunkscope/integration/bench/internal/overhead"
	"github.com/chunkscope/chunkscope/integration/bench/internal/peer"
	"github.com/chunkscope/chunkscope/integration/bench/internal/policy"
	"github.com/chunkscope/chunkscope/integration/bench/internal/scale"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// settings are the values of the flags.
type settings struct {
	only   []string // selected parts; none means all
	rounds int
	quick  bool
	format string
	out    string
	bars   bool
	seed   uint64
	items  int
}

// names of the parts, in the order of the report.
var names = []string{"allocations", "peers", "overhead", "policy", "scale", "workers", "instructions"}

func parse(args []string, stderr io.Writer) (settings, error) {
	var (
		s    settings
		only string
	)
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&only, "only", "", "comma-separated parts: "+strings.Join(names, ", "))
	flags.IntVar(&s.rounds, "rounds", 0, "rounds of a comparison, more or fewer where executions are short or long (default 20, quick 6)")
	flags.BoolVar(&s.quick, "quick", false, "less work, few rounds and no waiting for two cores: shows only what is badly wrong")
	flags.StringVar(&s.format, "format", "text", "what to print: text, markdown or json")
	flags.StringVar(&s.out, "out", "", "folder for performance.md, and for performance/ with plots and JSON")
	flags.BoolVar(&s.bars, "bars", false, "exit 1 if a bar is missed or undecided")
	flags.Uint64Var(&s.seed, "seed", 0, "seed of the order in the rounds, 0 for another each time")
	flags.IntVar(&s.items, "items", 0, "most items through Stream (default 100,000,000, quick 1,000,000)")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("bench: there is no argument %q; parts are given with -only", flags.Arg(0))
	}
	if only != "" {
		s.only = strings.Split(only, ",")
	}
	for _, name := range s.only {
		if !slices.Contains(names, name) {
			return s, fmt.Errorf("bench: -only %s: there are the parts %s", name, strings.Join(names, ", "))
		}
	}
	if !slices.Contains(formats, s.format) {
		return s, fmt.Errorf("bench: -format %s: there are %s", s.format, strings.Join(formats, ", "))
	}
	if s.rounds < 0 || s.items < 0 {
		return s, fmt.Errorf("bench: -rounds %d -items %d: they cannot be negative", s.rounds, s.items)
	}
	if s.rounds == 0 {
		s.rounds = 20
		if s.quick {
			s.rounds = 6
		}
	}
	if s.items == 0 {
		s.items = 100_000_000
		if s.quick {
			s.items = 1_000_000
		}
	}
	return s, nil
}

// parts returns the selected parts.
func (s settings) parts() ([]trial.Part, error) {
	var all []trial.Part
	for _, name := range names {
		if len(s.only) > 0 && !slices.Contains(s.only, name) {
			continue
		}
		var p trial.Part
		switch name {
		case "allocations":
			p = allocs.Part()
		case "peers":
			p = peer.Part(s.quick)
		case "overhead":
			var err error
			if p, err = overhead.Part(s.quick); err != nil {
				return nil, err
			}
		case "policy":
			p = policy.Part(s.quick)
		case "scale":
			p = scale.Part(s.quick, s.items)
		case "workers":
			p = scale.WorkersPart(s.quick)
		case "instructions":
			p = counter.Part()
		}
		all = append(all, p)
	}
	return all, nil
}

// run is main, with an exit code: 1 for a missed bar, 2 for everything else.
func run(args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	start := time.Now()
	parts, err := s.parts()
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	session := &trial.Session{Rounds: s.rounds, Least: 5, Seed: s.seed, Ungated: s.quick, Log: stderr}
	found := measure(session, parts, measureLoad)
	page := found.page(s, args, start)
	if err := write(page, s, stdout); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	for _, missed := range found.missed {
		fmt.Fprintln(stderr, missed)
	}
	if s.bars && len(found.missed) > 0 {
		return 1
	}
	return 0
}
