package report

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// go test ./bench/internal/report -update writes the files below testdata.
var update = flag.Bool("update", false, "write the golden files anew")

// sample is a report with everything that a report can have, and invented
// numbers.
func sample() Report {
	return Report{
		Title: "Sample",
		Lead:  []string{"Nothing of this was measured."},
		Facts: []Fact{{"Date", "never"}, {"Processor", "one | two"}},
		Sections: []Section{
			{
				Title: "First",
				Text:  []string{"About a table.", "And a plot."},
				Tables: []Table{{
					Title:   "Cells",
					Columns: []string{"what", "cell"},
					Rows: [][]any{
						{"text", "a|b"},
						{"nothing", nil},
						{"an int", 1_234_567},
						{"a small ratio", Ratio(0.01234)},
						{"a ratio", Ratio(1.0567)},
						{"a large ratio", Ratio(123.45)},
						{"a range", Range{0.99, 1.02}},
						{"a duration", 1_234_567 * time.Nanosecond},
						{"nanoseconds", Nanoseconds(12.3)},
						{"bytes", Bytes(1536)},
						{"a share", Percent(0.5)},
					},
				}},
				Plots: []Plot{curves(), {Title: "Empty", X: "x", Y: "y", Curves: []Curve{{Name: "none"}}}},
			},
			{Title: "Second, without anything"},
		},
	}
}

func curves() Plot {
	return Plot{
		Title: "Time against <size>", X: "size", Y: "time, %",
		Curves: []Curve{
			{Name: "us & them", Points: [][2]float64{{1, 1}, {10, 0.5}, {1e6, 0.01}}},
			{Name: "below nothing", Points: [][2]float64{{1, -1}, {0, 5}, {100, 2}}},
		},
	}
}

func TestGolden(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"sample.txt":  sample().Text,
		"sample.md":   func(w io.Writer) error { return sample().Markdown(w, "plots") },
		"sample.json": sample().JSON,
		"sample.svg":  func(w io.Writer) error { _, err := io.WriteString(w, curves().SVG()); return err },
		"empty.svg":   func(w io.Writer) error { _, err := io.WriteString(w, Plot{Title: "Empty"}.SVG()); return err },
	} {
		t.Run(name, func(t *testing.T) {
			var got strings.Builder
			if err := write(&got); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path) //nolint:gosec // G304: a file of this test
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("%s is\n%s\nwant\n%s\nIf that is meant, write it anew with -update.", path, got.String(), want)
			}
		})
	}
}

// TestJSONKeepsNumbers checks that JSON keeps the digits that the other formats
// round.
func TestJSONKeepsNumbers(t *testing.T) {
	var b strings.Builder
	if err := sample().JSON(&b); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Sections []struct{ Tables []struct{ Rows [][]any } }
	}
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil {
		t.Fatal(err)
	}
	rows := back.Sections[0].Tables[0].Rows
	if rows[4][1] != 1.0567 || rows[7][1] != 1_234_567. || rows[1][1] != nil {
		t.Errorf("rows %v", rows)
	}
}

// TestJSONOfNaN has a ratio that was not measured.
func TestJSONOfNaN(t *testing.T) {
	r := Report{Sections: []Section{{Tables: []Table{{Rows: [][]any{{Ratio(math.NaN()), Percent(math.Inf(1)), Nanoseconds(math.NaN()), Range{Ratio(math.NaN()), 1}}}}}}}}
	var b strings.Builder
	if err := r.JSON(&b); err != nil {
		t.Fatalf("a measurement without samples loses the whole report: %v", err)
	}
	if got := b.String(); strings.Count(got, "null") < 4 {
		t.Errorf("JSON %s", got)
	}
}

func TestSVGIsXML(t *testing.T) {
	for _, p := range []Plot{curves(), {}, {Linear: true, Curves: []Curve{{Points: [][2]float64{{1, -3}, {2, 0}}}}}} {
		svg := p.SVG()
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in\n%s", err, svg)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("no number in\n%s", svg)
		}
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 7: "7ns", 1234: "1.23µs", 12_345: "12.3µs", 999_999: "1ms", 1_234_567: "1.23ms",
		61 * time.Second: "1m1s", -1234: "-1.23µs",
	} {
		if got := Short(d); got != want {
			t.Errorf("%d ns is %s, want %s", d, got, want)
		}
	}
}

func TestUnits(t *testing.T) {
	for want, got := range map[string]fmt.Stringer{
		"-": Ratio(math.NaN()), "0": Ratio(0), "-0.500": Ratio(-0.5), "5 B": Bytes(5), "3.0 MiB": Bytes(3 << 20), "-2.0 KiB": Bytes(-2048),
		"9.9 ns": Nanoseconds(9.9), "1.5µs": Nanoseconds(1500), "12.00 %": Percent(12), "-250 %": Percent(-250.4),
	} {
		if got.String() != want {
			t.Errorf("%#v is %s, want %s", got, got, want)
		}
	}
	if got := thousands(-1_000_050); got != "-1,000,050" {
		t.Error(got)
	}
}

func TestFile(t *testing.T) {
	if got := curves().File(); got != "time-against-size.svg" {
		t.Errorf("file %q", got)
	}
}
