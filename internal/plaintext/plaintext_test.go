package plaintext_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/internal/plaintext"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct {
		in       string
		maxBytes int
		want     string
	}{
		{"", 10, ""},
		{"timeout after 30s", 100, "timeout after 30s"},
		{"Größe 日本", 100, "Größe 日本"},
		{"two\r\n\tlines\n", 100, "two lines"},
		{"  wide   spaces ", 100, "wide spaces"},
		{"a\u2028b\u00a0c", 100, "a b c"},
		{"\x1b[2J\x1b]0;title\x07", 100, "[2J]0;title"},
		{"a\u202ecba\u200b", 100, "acba"},
		{"bad \xff\xfe bytes", 100, "bad bytes"},
		{"\x9b31m", 100, "31m"},
		{"abcdef", 6, "abcdef"},
		{"abcdefg", 6, "abcdef…"},
		{"abc def", 3, "abc…"},
		{"日本", 4, "日…"},
		{"abc   ", 3, "abc"},
		{"abc …", 9, "abc …"},
	} {
		if got := plaintext.Clean(tt.in, tt.maxBytes); got != tt.want {
			t.Errorf("Clean(%q, %d) = %q, want %q", tt.in, tt.maxBytes, got, tt.want)
		}
	}
}

type brokenError struct{ call func() }

func (e brokenError) Error() string { e.call(); return "" }

func TestError(t *testing.T) {
	if got := plaintext.Error(nil, 10); got != "" {
		t.Errorf("nil gives %q", got)
	}
	if got := plaintext.Error(errors.New("a\nb"), 10); got != "a b" {
		t.Errorf("got %q", got)
	}
	for way, call := range map[string]func(){"panics": func() { panic("boom") }, "calls Goexit": runtime.Goexit} {
		const placeholder = "(the Error method of a plaintext_test.brokenError broke)"
		if got := plaintext.Error(brokenError{call}, 100); got != placeholder {
			t.Errorf("an error that %s gives %q", way, got)
		}
	}
}

func TestCleaningCleanTextAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { plaintext.Clean("timeout after 30s", 100) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[31mb", 5)
	f.Add(strings.Repeat(" \u202e", 9)+"x", 3)
	f.Add("abc …", 9)
	f.Fuzz(func(t *testing.T, s string, maxBytes int) {
		got := plaintext.Clean(s, maxBytes)
		body, cut := got, false
		if len(got) > max(maxBytes, 0) {
			body, cut = strings.CutSuffix(got, "…")
		}
		switch {
		case !utf8.ValidString(got), strings.ContainsFunc(got, unicode.IsControl), strings.ContainsFunc(got, func(r rune) bool { return unicode.Is(unicode.Cf, r) }):
			t.Errorf("Clean(%q) = %q is not clean", s, got)
		case strings.Contains(got, "  "), strings.TrimSpace(body) != body:
			t.Errorf("Clean(%q) = %q has extra spaces", s, got)
		case len(body) > max(maxBytes, 0), len(got) > max(maxBytes, 0) && !cut:
			t.Errorf("Clean(%q, %d) has %d bytes", s, maxBytes, len(got))
		}
		if again := plaintext.Clean(got, len(got)); again != got {
			t.Errorf("Clean(%q) = %q, the second time", got, again)
		}
	})
}
