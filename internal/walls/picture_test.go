package walls

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPictureIsSafeAndComplete checks the picture in README.md: everybody can
// show it, it loads and runs nothing, and it has the words of a whole run.
// integration/terminal/record writes it.
func TestPictureIsSafeAndComplete(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "docs", "quickstart.svg"))
	if err != nil {
		t.Fatal(err)
	}
	words, problems := checkPicture(string(text))
	failOn(t, "the picture is not a safe SVG", problems)
	if len(text) >= 100_000 {
		t.Errorf("the picture has %d bytes, want less than 100,000", len(text))
	}
	for _, want := range []string{
		`\$ go run (-\S+ )*\./examples/quickstart`,
		`[0-9]+%`, `eta [0-9ms]+-[0-9ms]+`, // the bar, and its forecast with a range
		`after [0-9.ms]+: .*[0-9,]+ of [0-9,]+ items done`, `failed`, `item [0-9]+ \(\S+\.go\)`, `slowest`, `workers`, `chunks`, // the summary
	} {
		if !slices.ContainsFunc(words, regexp.MustCompile("^"+want).MatchString) {
			t.Errorf("the picture has no text like %q", want)
		}
	}
	// Without animation, the last frame stands still: it has the summary.
	shown := regexp.MustCompile(`\.film\{transform:translateY\(-([0-9]+)px\)\}`).FindStringSubmatch(string(text))
	if shown == nil || !strings.Contains(string(text), "(prefers-reduced-motion:no-preference)") {
		t.Fatal("the picture has no frame for people who want no motion")
	}
	_, frame, _ := strings.Cut(string(text), `<g transform="translate(0 `+shown[1]+`)">`)
	if frame, _, _ = strings.Cut(frame, "</g>"); !strings.Contains(frame, "items done") {
		t.Error("the frame without motion does not have the summary")
	}
}

// checkPicture returns the texts of an SVG, and what is wrong with it.
func checkPicture(picture string) (words, problems []string) {
	decoder := xml.NewDecoder(strings.NewReader(picture))
	parent := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return words, problems
		}
		if err != nil {
			return words, append(problems, fmt.Sprintf("not well-formed: %v", err))
		}
		switch token := token.(type) {
		case xml.StartElement:
			parent = token.Name.Local
			if !slices.Contains([]string{"svg", "title", "desc", "style", "rect", "g", "text"}, parent) {
				problems = append(problems, fmt.Sprintf("element %s", parent))
			}
			for _, a := range token.Attr {
				namespace := a.Name.Local == "xmlns" && a.Value == "http://www.w3.org/2000/svg"
				name := strings.ToLower(a.Name.Local)
				if !namespace && (name == "href" || name == "style" || strings.HasPrefix(name, "on") || refersElsewhere(a.Value)) {
					problems = append(problems, fmt.Sprintf("attribute %s=%q", a.Name.Local, a.Value))
				}
			}
		case xml.EndElement:
			parent = ""
		case xml.CharData:
			switch {
			case parent == "style" && refersElsewhere(string(token)):
				problems = append(problems, "a style that loads something")
			case parent == "text":
				words = append(words, string(token))
			}
		case xml.Directive, xml.ProcInst:
			problems = append(problems, "a directive or an instruction")
		}
	}
}

// refersElsewhere reports whether a style or an attribute may load something.
func refersElsewhere(value string) bool {
	return regexp.MustCompile(`(?i)//|url\(|@import|@font-face|\\|javascript:|data:`).MatchString(value)
}

// TestPictureRulesFindViolations gives unsafe pictures to the check.
func TestPictureRulesFindViolations(t *testing.T) {
	for inside, want := range map[string]string{
		`<text>eta</text>`:                             "",
		`<text>http://localhost</text>`:                "", // shown, not loaded
		`<script>alert(1)</script>`:                    "element script",
		`<image width="1"/>`:                           "element image",
		`<g onclick="x()"/>`:                           "attribute onclick",
		`<g href="#a"/>`:                               "attribute href",
		`<rect fill="url(#a)"/>`:                       "attribute fill",
		`<style>@import "x.css";</style>`:              "a style that loads something",
		`<style>text{font:1px URL(x.woff)}</style>`:    "a style that loads something",
		`<style>g{background:\75rl(x)}</style>`:        "a style that loads something",
		`<text>eta`:                                    "not well-formed",
		`<?xml-stylesheet href="x.css"?>`:              "a directive or an instruction",
		`<text xmlns="http://www.w3.org/1999/xhtml"/>`: "attribute xmlns",
	} {
		_, problems := checkPicture(`<svg xmlns="http://www.w3.org/2000/svg">` + inside + `</svg>`)
		if text := strings.Join(problems, "\n"); (want == "") != (text == "") || !strings.Contains(text, want) {
			t.Errorf("found wrong: %q; want %q in %s", text, want, inside)
		}
	}
}
