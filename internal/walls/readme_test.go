package walls

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readme returns README.md.
func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readmeBlock returns the first fenced block with a mark and a beginning.
func readmeBlock(t *testing.T, language, beginning string) string {
	t.Helper()
	for _, b := range fencedBlocks(readme(t)) {
		if b.language == language && strings.HasPrefix(b.text, beginning) {
			return b.text
		}
	}
	t.Fatalf("README.md has no block marked %s that begins with %q", language, beginning)
	return ""
}

// TestReadmeIsReadInAMinute checks the first screen: one sentence, a picture,
// and the two commands to try.
func TestReadmeIsReadInAMinute(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(readme(t), "\n"), "\n")
	if len(lines) > 150 {
		t.Errorf("README.md has %d lines, want at most 150", len(lines))
	}
	if words := strings.Fields(lines[2]); len(words) == 0 || len(words) > 20 {
		t.Errorf("the first sentence has %d words, want 1 to 20: %s", len(words), lines[2])
	}
	if !slices.ContainsFunc(lines[:10], regexp.MustCompile(`^!\[.+\]\(docs/quickstart\.svg\)$`).MatchString) {
		t.Error("the first ten lines have no picture with a text for those who cannot see it")
	}
	var commands []string
	for line := range strings.Lines(fencedBlocks(readme(t))[0].text) {
		command, _, _ := strings.Cut(line, "#")
		commands = append(commands, strings.TrimSpace(command))
	}
	if want := []string{"go run ./examples/quickstart", "go test work"}; !slices.Equal(commands, want) {
		t.Errorf("the first block has the commands %q, want %q", commands, want)
	}
}

// TestReadmeAnswers checks that README.md has what a newcomer looks for: where a
// run is shown, what to use in place of what, and what is not there.
func TestReadmeAnswers(t *testing.T) {
	text := readme(t)
	for heading, words := range map[string][]string{
		"In your program":           {"```sh\ngo get ", "errgroup"},
		"The same binary elsewhere": {"exporters.FromEnv", "| Prometheus", "traces", "| StatsD |", "Slack", "CHUNKSCOPE_", "OTEL_"},
		"Coming from":               {"| errgroup", "| conc", "| pond", "| tqdm", "| Spring Batch"},
		"Which function":            {"`core.ForEach`", "`core.Map`", "`core.MapChunks`", "`core.Stream`", "`Executor.Start`"},
		"How many workers":          {"`runtime.GOMAXPROCS(0)`", "`core.WithWorkers(64)`"},
		"What it does not do":       {"No retries", "schedule", "pausing", "machine"},
		"Support":                   {"| stable |", "| beta |", "| experimental |"},
	} {
		_, section, _ := strings.Cut(text, "\n## "+heading+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		for _, word := range words {
			if !strings.Contains(section, word) {
				t.Errorf("the section %q of README.md lacks %q", heading, word)
			}
		}
	}
}

// TestReadmeProgram runs the program in README.md as a newcomer does: pasted
// into a folder of its own, on real files. GOWORK takes the place of go get.
func TestReadmeProgram(t *testing.T) {
	program := readmeBlock(t, "go", "package main\n")
	if lines := strings.Count(program, "\n"); lines > 20 {
		t.Errorf("the program has %d lines, want at most 20", lines)
	}
	if ours := regexp.MustCompile(`(?m)^.*\b(core|termhook)\.[A-Z].*$`).FindAllString(program, -1); len(ours) > 3 {
		t.Errorf("%d lines are ours, want at most 3:\n%s", len(ours), strings.Join(ours, "\n"))
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.go": program,
		"go.mod":  "module nightly\n\ngo 1.26.0\n",
		"go.work": fmt.Sprintf("go 1.26.0\n\nuse (\n\t.\n\t%q\n)\n", root(t)),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const line = "go run . *.go"
	if !strings.Contains(readme(t), "`"+line+"`") {
		t.Errorf("README.md does not say how to run the program: %s", line)
	}
	for _, c := range []struct {
		line   string
		failed bool
		want   string
	}{
		{line, false, "executor=nightly"},
		{line, false, "outcome=ok failed=0 done=1 items=1"},
		{line + " no-such-file", true, "1 of 2 items failed: item 1: open no-such-file: no such file or directory"},
	} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", c.line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK="+filepath.Join(dir, "go.work"), "CHUNKSCOPE_PROGRESS=plain")
		out, err := cmd.CombinedOutput()
		if (err != nil) != c.failed || !bytes.Contains(out, []byte(c.want)) {
			t.Errorf("%s: error %v, output lacks %q:\n%s", c.line, err, c.want, out)
		}
	}
}

// TestReadmeDiffBeginsFromErrgroup checks the change that README.md shows: what
// is added is in the program, and with what is removed in its place the program
// is one of errgroup, which compiles.
func TestReadmeDiffBeginsFromErrgroup(t *testing.T) {
	var before, after strings.Builder
	for line := range strings.Lines(readmeBlock(t, "diff", "-")) {
		switch line[0] {
		case '-':
			before.WriteString(line[1:])
		case '+':
			after.WriteString(line[1:])
		default:
			t.Errorf("a line is neither added nor removed: %s", line)
		}
	}
	program := readmeBlock(t, "go", "package main\n")
	if strings.Count(program, after.String()) != 1 || strings.Count(after.String(), "\n") != 3 {
		t.Fatalf("the program has not exactly these three lines:\n%s", &after)
	}
	program = strings.Replace(program, after.String(), before.String(), 1)
	ours := regexp.MustCompile(`\t"github.com/chunkscope/chunkscope/core"\n\t"github.com/chunkscope/chunkscope/termhook"\n`)
	program = ours.ReplaceAllString(program, "\t\"golang.org/x/sync/errgroup\"\n")
	if err := compile(t, program); err != nil {
		t.Errorf("the program before the change does not compile: %v\n%s", err, program)
	}
}

// TestReadmeNamesWhatExists checks the variables and the table of support.
func TestReadmeNamesWhatExists(t *testing.T) {
	text := readme(t)
	environment, err := os.ReadFile(filepath.Join(root(t), "docs", "environment.md"))
	if err != nil {
		t.Fatal(err)
	}
	variables := regexp.MustCompile(`\b(CHUNKSCOPE|OTEL)_[A-Z_]+`).FindAllString(text, -1)
	if len(variables) < 5 {
		t.Errorf("the check found only the variables %q", variables)
	}
	for _, name := range variables {
		if !bytes.Contains(environment, []byte("`"+name+"`")) {
			t.Errorf("docs/environment.md has no variable %s", name)
		}
	}

	rows := regexp.MustCompile(`(?m)^\| (?:stable|beta) \| ([^|]+) \|`).FindAllStringSubmatch(text, -1)
	var got []string
	for _, row := range rows {
		got = append(got, strings.Split(row[1], ", ")...)
	}
	var want []string
	for _, f := range scan(t, os.DirFS(root(t))) {
		top, isTop := strings.CutPrefix(f.pkg, module+"/")
		if l, _, _ := layerOf(f.pkg); isTop && !strings.Contains(top, "/") && l != programLayer {
			want = append(want, "`"+top+"`")
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if want = slices.Compact(want); !slices.Equal(got, want) {
		t.Errorf("the table of support has %q, and the packages are %q", got, want)
	}
}
