package firstrun

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	transcriptFile = "testdata/transcript.txt"
	first, second  = "go run ./examples/quickstart", "go test work"
)

// section returns the lines that a command printed, according to a transcript.
func section(t *testing.T, transcript, command string) []string {
	t.Helper()
	_, text, found := strings.Cut(transcript, "$ "+command+"\n")
	text, _, end := strings.Cut(text, "\n\n")
	if !found || !end {
		t.Fatalf("the transcript has no section of %q that ends with an empty line", command)
	}
	return strings.Split(text, "\n")
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name) //nolint:gosec // G304: a file of this repository
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestReadmeShowsTheTranscript checks that README.md has the commands first, and
// that what it shows is in the transcript, in the same order. A line with "…"
// stands for lines that are left out.
func TestReadmeShowsTheTranscript(t *testing.T) {
	blocks := regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllStringSubmatch(readFile(t, "../../README.md"), 2)
	if len(blocks) < 2 || blocks[0][1] != "sh" || !regexp.MustCompile(`^`+regexp.QuoteMeta(first)+`\b.*\n`+regexp.QuoteMeta(second)+`\b.*\n$`).MatchString(blocks[0][2]) {
		t.Fatalf("README.md begins with the blocks %q, want one of the commands and one of what they print", blocks)
	}
	printed := section(t, readFile(t, transcriptFile), first)
	for shown := range strings.SplitSeq(blocks[1][2], "…\n") {
		piece := strings.Split(strings.TrimSuffix(shown, "\n"), "\n")
		at := slices.IndexFunc(printed, func(line string) bool { return line == piece[0] })
		if at < 0 || at+len(piece) > len(printed) || !slices.Equal(printed[at:at+len(piece)], piece) {
			t.Fatalf("README.md shows lines that are not in this place of %s:\n%s", transcriptFile, shown)
		}
		printed = printed[at+len(piece):]
	}
}

// figures matches numbers, with or without a unit.
var figures = regexp.MustCompile(`([0-9][0-9.,]*[0-9]|[0-9])(k|M|µs|ms|s|m|h)?`)

// structure returns lines without their figures, the length of the bar, and what
// is wrong with which file.
func structure(lines []string) (all []string) {
	for _, line := range lines {
		line = regexp.MustCompile(`item [0-9]+ \(\S+\.go\): .*`).ReplaceAllString(line, "item N: FILE")
		line = regexp.MustCompile(`( on w[0-9]+): .*`).ReplaceAllString(line, "$1") // a chunk has a name once it is slow
		line = regexp.MustCompile(`sha256 [0-9a-f]{64}`).ReplaceAllString(line, "sha256 HASH")
		line = regexp.MustCompile(`[▀-▟·]+`).ReplaceAllString(line, "BAR")
		line = figures.ReplaceAllString(line, "N")
		line = regexp.MustCompile(`N(N|\.)+`).ReplaceAllString(line, "N") // 1m02s
		line = regexp.MustCompile(`items? N(-N)? on`).ReplaceAllString(line, "items on")
		all = append(all, strings.Join(strings.Fields(line), " "))
	}
	return all
}

// TestStructure checks what structure ignores, and what it does not.
func TestStructure(t *testing.T) {
	same := [][2]string{
		{"quickstart  ██▍·······  23%  1,847/7,711  195/s  eta 34s-46s   fail 26", "quickstart  █········  3%  47/7,711  1.95k/s  eta 54s-1m06s   fail 1"},
		{"  failed   item 848 (cmd/a.go): 9:51: expected '(', found u", "  failed   item 7 (b/c.go): 1:1: anything (and 3 more errors)"},
		{"           #46 180ms, items 469-474 on w0", "           #4 1.2s, item 46 on w1: cmd/a.go"},
	}
	for _, pair := range same {
		if got := structure(pair[:]); got[0] != got[1] {
			t.Errorf("%q and %q differ", got[0], got[1])
		}
	}
	for _, other := range []string{
		"quickstart  ██▍·······  23%  1,847/7,711  195/s  eta 34s   fail 26", "quickstart  error", "  failed   item 848: no name",
	} {
		if got := structure([]string{same[0][0], same[1][0], other}); got[2] == got[0] || got[2] == got[1] {
			t.Errorf("%q is like another line", other)
		}
	}
}
