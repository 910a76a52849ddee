package label_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/internal/label"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"import", "import"},
		{"Größe 2/3: {a=b}", "Größe 2/3: {a=b}"},
		{"", label.Unknown},
		{"a\nb", "a_b~#"},
		{label.Other, label.Other + "~#"},
		{"a\xffb", "ab~#"},
		{"a\u202eb", "a_b~#"},
		{strings.Repeat("x", 128), strings.Repeat("x", 128)},
		{strings.Repeat("x", 129), strings.Repeat("x", 119) + "~#"},
	} {
		got := label.Clean(tt.in)
		base, hashed := strings.CutSuffix(tt.want, "#")
		if same := hashed && strings.HasPrefix(got, base) && len(got) == len(base)+8; got != tt.want && !same {
			t.Errorf("Clean(%q) = %q, want %q, # being a hash of 8 digits", tt.in, got, tt.want)
		}
	}
}

func TestCleanKeepsDistinctTextsDistinct(t *testing.T) {
	long := strings.Repeat("ä", 1000)
	texts := []string{long, long + "x", "a\nb", "a\rb", "a_b", "a\xffb", "a\xfeb", "ab", label.Other}
	seen := map[string]string{}
	for _, text := range texts {
		got := label.Clean(text)
		if before, ok := seen[got]; ok {
			t.Errorf("%.20q and %.20q are both %q", before, text, got)
		}
		seen[got] = text
	}
}

func FuzzClean(f *testing.F) {
	f.Add("import")
	f.Add("a\x00b\u2028")
	f.Add(strings.Repeat("\xe4\xbd", 100))
	f.Fuzz(func(t *testing.T, s string) {
		got := label.Clean(s)
		switch {
		case got == "", got == label.Other, len(got) > 128, !utf8.ValidString(got), strings.ContainsFunc(got, unicode.IsControl):
			t.Errorf("Clean(%q) = %q", s, got)
		case s != "" && len(s) <= 128 && got != s && label.Clean(got) != got:
			t.Errorf("Clean(%q) = %q, which is not clean", s, got)
		}
	})
}
