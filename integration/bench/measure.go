package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/machine"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// found has the results of the parts.
type found struct {
	before, after machineLoad
	noise         string
	control       report.Section
	sections      []report.Section
	readings      []bars.Reading
	bars          report.Section
	missed        []string
}

// measure runs the control of all parts, and then the parts. It measures the
// load of the machine before and after.
func measure(s *trial.Session, parts []trial.Part, look func() machineLoad) found {
	f := found{before: look()}
	if f.before.busy() {
		s.Progress("the machine is busy, which makes this long and its result worthless: " + f.before.String())
	}
	var trials []trial.Trial
	for _, p := range parts {
		trials = append(trials, p.Trials...)
		if p.Close != nil {
			defer p.Close()
		}
	}
	f.control = s.Control(trials)
	for _, p := range parts {
		section, readings := p.Run(s)
		f.sections = append(f.sections, section)
		f.readings = append(f.readings, readings...)
	}
	f.after = look()
	f.noise = s.Noise()
	f.bars, f.missed = bars.Section(f.readings)
	return f
}

// machineLoad is the load of the machine at one time.
type machineLoad struct {
	cores  int     // number of probes that saw two cores
	others float64 // share of the processors that other programs use
	known  bool
}

// probes is the number of probes for two cores.
const probes = 50

func measureLoad() machineLoad {
	var q machineLoad
	q.others, q.known = machine.Others(time.Second)
	q.cores = paired.TwoCores(probes)
	return q
}

func (q machineLoad) String() string {
	others := "unknown"
	if q.known {
		others = fmt.Sprintf("%.0f %%", 100*q.others)
	}
	return fmt.Sprintf("two cores in %d of %d probes; %s of the processors in use by others in a second", q.cores, probes, others)
}

// busy reports whether the load was too high to trust a measurement.
func (q machineLoad) busy() bool { return q.cores < probes*8/10 || q.others > 0.05 }

// command is the command to run the program from the root of the repository.
const command = "GOWORK=off go -C integration run ./bench"

// page returns the report.
func (f found) page(s settings, args []string, start time.Time) report.Report {
	r := report.Report{
		Title: "Performance",
		Lead: []string{
			"How fast Chunkscope is, measured by a program that anybody can run: `" + command + "`. This page is what it wrote. " +
				"Numbers to compare are ratios of two times taken in one process within one round, with the order of variants shuffled in each round; the figure is the median over the rounds. " +
				"Where two cores are kept busy, a probe before and after each execution drops it unless both cores were there. Nanoseconds are good for the machine below only.",
		},
	}
	if s.quick {
		r.Lead = append(r.Lead, "**This is the quick form**: little work, few rounds, no waiting for two cores. Its numbers show what is badly wrong, and nothing else.")
	}
	if f.before.busy() || f.after.busy() {
		r.Lead = append(r.Lead, "**Measured on a busy machine.** Others used it before or after the measurement, or a core was missing; see below. Do not quote these numbers.")
	}
	r.Facts = append([]report.Fact{
		{Name: "Date", Value: start.UTC().Format("2006-01-02 15:04 UTC")},
		{Name: "Command", Value: strings.Join(append([]string{command}, args...), " ")},
		{Name: "Took", Value: time.Since(start).Round(time.Second).String()},
		{Name: "Rounds", Value: fmt.Sprintf("%d, more or fewer where executions are short or long; each table says", s.rounds)},
	}, machine.Facts()...)
	r.Facts = append(r.Facts,
		report.Fact{Name: "Before", Value: f.before.String()},
		report.Fact{Name: "After", Value: f.after.String()},
		report.Fact{Name: "Noise", Value: f.noise})
	r.Sections = append([]report.Section{f.bars, f.control}, f.sections...)
	return r
}

var formats = []string{"text", "markdown", "json"}

// folder is the folder of plots and JSON, beside the page.
const folder = "performance"

// write prints the report, and writes it to a folder if one is given.
func write(r report.Report, s settings, stdout io.Writer) error {
	if s.out != "" {
		if err := save(r, s.out); err != nil {
			return err
		}
	}
	switch s.format {
	case "markdown":
		return r.Markdown(stdout, folder)
	case "json":
		return r.JSON(stdout)
	}
	return r.Text(stdout)
}

func save(r report.Report, out string) error {
	inner := filepath.Join(out, folder)
	if err := os.MkdirAll(inner, 0o755); err != nil { //nolint:gosec // G301: a page for everybody
		return err
	}
	for _, section := range r.Sections {
		for _, p := range section.Plots {
			if err := put(filepath.Join(inner, p.File()), func(w io.Writer) error {
				_, err := io.WriteString(w, p.SVG())
				return err
			}); err != nil {
				return err
			}
		}
	}
	if err := put(filepath.Join(inner, "performance.json"), r.JSON); err != nil {
		return err
	}
	return put(filepath.Join(out, "performance.md"), func(w io.Writer) error { return r.Markdown(w, folder) })
}

func put(name string, fill func(io.Writer) error) error {
	f, err := os.Create(name) //nolint:gosec // G304: the user says where
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		_ = f.Close() // the first error is the one to report
		return err
	}
	return f.Close()
}
