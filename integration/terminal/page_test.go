package terminal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// frameOnPage matches a golden text, or one frame of it, on the page: a comment
// that names it, and a fenced block.
var frameOnPage = regexp.MustCompile("(?s)<!-- (\\w+)(?:: ([^\n]*))? -->\n```(text|json)\n(.*?)```\n")

// TestDocumentedFrames compares the frames of docs/terminal.md with testdata.
func TestDocumentedFrames(t *testing.T) {
	const page = "../../docs/terminal.md"
	doc, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	frames := 0
	want := frameOnPage.ReplaceAllStringFunc(string(doc), func(block string) string {
		frames++
		match := frameOnPage.FindStringSubmatch(block)
		head, _, _ := strings.Cut(block, "\n```")
		return head + "\n```" + match[3] + "\n" + golden(t, match[1], match[2]) + "```\n"
	})
	if frames < 9 {
		t.Errorf("found only %d frames in %s", frames, page)
	}
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(doc) {
		t.Errorf("the frames of %s differ from testdata; run the tests with -update", page)
	}
}

// golden returns a golden text, or the frame of it with a caption.
func golden(t *testing.T, name, caption string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".txt")) //nolint:gosec // G304: one of the files next to this one
	if err != nil {
		t.Fatal(err)
	}
	if caption == "" {
		return string(text)
	}
	_, frame, ok := strings.Cut(string(text), "== "+caption+"\n")
	if !ok {
		t.Fatalf("no frame %q in %s", caption, name)
	}
	frame, _, _ = strings.Cut(frame, "\n== ")
	return strings.TrimSuffix(frame, "\n") + "\n"
}
