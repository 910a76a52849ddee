package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// report has the results. They are printed and written as they are.
type report struct {
	facts    [][2]string
	images   []image
	checks   []check
	outages  []outage
	progress io.Writer
}

// A check is the result of one check.
type check struct {
	name string
	took time.Duration
	err  error
}

// An outage is the result of one outage test.
type outage struct {
	service  string
	run      string // the outcome of the run
	loss     string // the counted loss
	recovery string // the state after the back end has returned
	err      error
}

// add adds a check and prints it at once.
func (r *report) add(what string, took time.Duration, err error) {
	r.checks = append(r.checks, check{what, took, err})
	fmt.Fprintf(r.progress, "%s: %s (%s)\n", verdict(err), what, seconds(took))
}

func (r *report) addOutage(o outage) {
	r.outages = append(r.outages, o)
	fmt.Fprintf(r.progress, "%s: without %s: %s; %s; %s\n", verdict(o.err), o.service, o.run, o.loss, o.recovery)
}

// failures returns the number of failed checks.
func (r *report) failures() (n int) {
	for _, c := range r.checks {
		n += count(c.err)
	}
	for _, o := range r.outages {
		n += count(o.err)
	}
	return n
}

func count(err error) int {
	if err != nil {
		return 1
	}
	return 0
}

func verdict(err error) string {
	if err != nil {
		return "FAILED, " + strings.Join(strings.Fields(err.Error()), " ")
	}
	return "ok"
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// tables returns the tables; the first row of each is its header.
func (r *report) tables() (images, checks, outages [][]string) {
	images = [][]string{{"service", "image", "origin"}}
	for _, i := range r.images {
		images = append(images, []string{i.Service, i.Name, i.Origin})
	}
	checks = [][]string{{"what", "after", "result"}}
	for _, c := range r.checks {
		checks = append(checks, []string{c.name, seconds(c.took), verdict(c.err)})
	}
	outages = [][]string{{"killed", "the run", "counted as lost", "back again", "result"}}
	for _, o := range r.outages {
		outages = append(outages, []string{o.service, o.run, o.loss, o.recovery, verdict(o.err)})
	}
	return images, checks, outages
}

// print writes the tables for a terminal.
func (r *report) print(w io.Writer) error {
	images, checks, outages := r.tables()
	for _, table := range [][][]string{images, checks, outages} {
		out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, row := range table {
			fmt.Fprintln(out, strings.Join(row, "\t"))
		}
		fmt.Fprintln(out)
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// markdown writes RESULTS.md.
func (r *report) markdown(w io.Writer) error {
	images, checks, outages := r.tables()
	var b strings.Builder
	b.WriteString("# Results of the docker example\n\nWritten by `integration/e2e`; docs/docker.md says what the example is.\n\n")
	for _, a := range r.facts {
		fmt.Fprintf(&b, "- %s: %s\n", a[0], a[1])
	}
	section(&b, "What ran", "A stand-in image has the real program in the same version and nothing else; what holds with it says nothing about the published image.", images)
	section(&b, "What arrived", "Times of the first part count from `up`, the others from what caused them.", checks)
	section(&b, "Each back end killed in the middle of a run", "", outages)
	_, err := io.WriteString(w, b.String())
	return err
}

func section(b *strings.Builder, title, text string, table [][]string) {
	fmt.Fprintf(b, "\n## %s\n\n", title)
	if text != "" {
		fmt.Fprintf(b, "%s\n\n", text)
	}
	for i, row := range table {
		fmt.Fprintf(b, "| %s |\n", strings.ReplaceAll(strings.Join(row, " | "), "\n", " "))
		if i == 0 {
			fmt.Fprintln(b, strings.Repeat("|---", len(row))+"|")
		}
	}
}
