package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// JSON writes the report with all digits.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// Text writes the report for a terminal. Plots are left out.
func (r Report) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", r.Title)
	for _, p := range r.Lead {
		fmt.Fprintf(&b, "%s\n\n", p)
	}
	facts := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, f := range r.Facts {
		fmt.Fprintf(facts, "%s\t%s\n", f.Name, f.Value)
	}
	_ = facts.Flush() // a strings.Builder does not fail
	for _, s := range r.Sections {
		fmt.Fprintf(&b, "\n== %s\n", s.Title)
		for _, p := range s.Text {
			fmt.Fprintf(&b, "\n%s\n", p)
		}
		for _, t := range s.Tables {
			t.text(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t Table) text(b *strings.Builder) {
	b.WriteByte('\n')
	if t.Title != "" {
		fmt.Fprintf(b, "%s\n", t.Title)
	}
	var aligned strings.Builder
	w := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(t.Columns, "\t"))
	for _, row := range t.Rows {
		fmt.Fprintln(w, strings.Join(texts(row), "\t"))
	}
	_ = w.Flush() // a strings.Builder does not fail
	for line := range strings.Lines(aligned.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

func texts(row []any) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		out[i] = text(cell)
	}
	return out
}

// Markdown writes the report as a page. Its plots must be in the folder plots,
// under the names of Plot.File.
func (r Report) Markdown(w io.Writer, plots string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", r.Title)
	for _, p := range r.Lead {
		fmt.Fprintf(&b, "%s\n\n", p)
	}
	facts := Table{Columns: []string{"", ""}}
	for _, f := range r.Facts {
		facts.Rows = append(facts.Rows, []any{f.Name, f.Value})
	}
	facts.markdown(&b)
	for _, s := range r.Sections {
		fmt.Fprintf(&b, "\n## %s\n", s.Title)
		for _, p := range s.Text {
			fmt.Fprintf(&b, "\n%s\n", p)
		}
		for _, p := range s.Plots {
			fmt.Fprintf(&b, "\n![%s](%s/%s)\n", p.Title, plots, p.File())
		}
		for _, t := range s.Tables {
			if t.Title != "" {
				fmt.Fprintf(&b, "\n### %s\n", t.Title)
			}
			b.WriteByte('\n')
			t.markdown(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t Table) markdown(b *strings.Builder) {
	line := func(cells []string) {
		for i, c := range cells {
			cells[i] = strings.ReplaceAll(c, "|", `\|`)
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	line(append([]string(nil), t.Columns...))
	fmt.Fprintf(b, "|%s\n", strings.Repeat("---|", len(t.Columns)))
	for _, row := range t.Rows {
		line(texts(row))
	}
}
