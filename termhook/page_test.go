package termhook_test

import (
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/termhook"
)

// shownWithPage returns what a hook writes of two runs of a second, one after the
// other, with a page.
func shownWithPage(t *testing.T, mode termhook.Mode, url func() string) (text string) {
	synctest.Test(t, func(t *testing.T) {
		var out buffer
		h, err := termhook.New(termhook.WithMode(mode), termhook.WithWriter(terminal{&out}), termhook.WithPage(url), termhook.WithPage(nil))
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"r1", "r2"} {
			r := startRun(h, "nightly", id, 10)
			time.Sleep(time.Second)
			r.progress(5)
			waitForFrame()
			r.end()
		}
		if err := h.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		text = out.String()
	})
	return text
}

const pageURL = "http://127.0.0.1:9090/debug/chunkscope/"

// TestPage checks that the URL of the page is the first line, once, and in each
// summary.
func TestPage(t *testing.T) {
	for mode, want := range map[termhook.Mode]struct {
		first string
		text  string
		count int
	}{
		termhook.ModeTTY:   {"page: " + pageURL, "  page     " + pageURL, 3},
		termhook.ModePlain: {"chunkscope executor=nightly run=r1 state=started items=10 workers=4 page=" + pageURL, "state=done", 3}, // the second start is too soon
		termhook.ModeJSON:  {`{"version":1,"event":"run_start",`, `"page":"` + pageURL + `"`, 4},
	} {
		text := shownWithPage(t, mode, func() string { return pageURL })
		first, _, _ := strings.Cut(strings.TrimLeft(text, "\r"), "\n")
		if !strings.HasPrefix(first, want.first) || !strings.Contains(text, want.text) || strings.Count(text, pageURL) != want.count {
			t.Errorf("mode %s, the URL %d times:\n%s", mode, strings.Count(text, pageURL), text)
		}
	}
}

// TestPageLater checks that a page that is there only later is shown then.
func TestPageLater(t *testing.T) {
	calls := 0
	text := shownWithPage(t, termhook.ModePlain, func() string {
		if calls++; calls == 1 {
			return ""
		}
		return pageURL
	})
	if first, _, _ := strings.Cut(text, "\n"); strings.Contains(first, "page") || !strings.Contains(text, "page="+pageURL) {
		t.Errorf("the page is missing or too early:\n%s", text)
	}
}

// TestPageBreaks checks that a function that breaks, and one that returns control
// characters, harm nothing.
func TestPageBreaks(t *testing.T) {
	for name, url := range map[string]func() string{
		"panic":   func() string { panic("no page") },
		"goexit":  func() string { runtime.Goexit(); return "" },
		"empty":   func() string { return "" },
		"hostile": func() string { return "\x1b[2J\n\x07" },
	} {
		for _, mode := range writingModes {
			text := shownWithPage(t, mode, url)
			if strings.Contains(text, "\x1b[2J") || strings.Contains(text, "\x07") || name != "hostile" && strings.Contains(text, "page") || !strings.Contains(text, "nightly") {
				t.Errorf("%s in mode %s:\n%q", name, mode, text)
			}
		}
	}
}
