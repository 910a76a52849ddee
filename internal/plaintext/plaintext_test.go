package plaintext_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/internal/plaintext"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct {
		in   string
		most int
		want string
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
		if got := plaintext.Clean(tt.in, tt.most); got != tt.want {
			t.Errorf("Clean(%q, %d) = %q, want %q", tt.in, tt.most, got, tt.want)
		}
	}
}

type brokenError struct{}

func (brokenError) Error() string { panic("no text") }

func TestError(t *testing.T) {
	if got := plaintext.Error(nil, 10); got != "" {
		t.Errorf("nil gives %q", got)
	}
	if got := plaintext.Error(errors.New("a\nb"), 10); got != "a b" {
		t.Errorf("got %q", got)
	}
	if got := plaintext.Error(brokenError{}, 10); got == "" {
		t.Error("an error that panics has no text at all")
	}
}

func TestCleanTextCostsNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { plaintext.Clean("timeout after 30s", 100) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[31mb", 5)
	f.Add(strings.Repeat(" \u202e", 9)+"x", 3)
	f.Add("abc …", 9)
	f.Fuzz(func(t *testing.T, s string, most int) {
		got := plaintext.Clean(s, most)
		body, cut := got, false
		if len(got) > max(most, 0) {
			body, cut = strings.CutSuffix(got, "…")
		}
		switch {
		case !utf8.ValidString(got), strings.ContainsFunc(got, unicode.IsControl), strings.ContainsFunc(got, func(r rune) bool { return unicode.Is(unicode.Cf, r) }):
			t.Errorf("Clean(%q) = %q is not clean", s, got)
		case strings.Contains(got, "  "), strings.TrimSpace(body) != body:
			t.Errorf("Clean(%q) = %q has needless spaces", s, got)
		case len(body) > max(most, 0), len(got) > max(most, 0) && !cut:
			t.Errorf("Clean(%q, %d) has %d bytes", s, most, len(got))
		}
		if again := plaintext.Clean(got, len(got)); again != got {
			t.Errorf("cleaning twice makes %q of %q", again, got)
		}
	})
}
