//go:build firstrun && linux

package firstrun

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/vt"

	"github.com/chunkscope/chunkscope/integration/terminal/pty"
	"github.com/chunkscope/chunkscope/integration/worktree"
)

var update = flag.Bool("update", false, "write "+transcriptFile)

// processors is how many processors the first command uses, so that the list of
// its workers and the time it takes are alike everywhere.
const processors = 2

// TestFirstCommands runs both commands.
func TestFirstCommands(t *testing.T) {
	clone := t.TempDir()
	if err := worktree.Copy("../..", clone); err != nil {
		t.Fatal(err)
	}
	env := append(pty.Environment(os.Environ()), "GOCACHE="+t.TempDir(), "PWD="+clone)

	shown := quickstart(t, clone, env)
	checkQuickstart(t, shown.lines)
	piped(t, clone, env)
	tests, took := allTests(t, clone, env)

	transcript := fmt.Sprintf(`%s %s/%s, %d processors, an empty build cache

$ %s
%s

%.0f s until it shows the first failed file, %.0f s until the forecast is a range, %.0f s until the end

$ %s
%s

%.0f s until the end
`, runtime.Version(), runtime.GOOS, runtime.GOARCH, processors,
		first, strings.Join(shown.lines, "\n"), shown.failure.Seconds(), shown.forecast.Seconds(), shown.end.Seconds(),
		second, tests, took.Seconds())
	t.Log(transcript)
	if *update {
		if err := os.WriteFile(transcriptFile, []byte(transcript), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, want := structure(shown.lines), structure(section(t, readFile(t, transcriptFile), first))
	if !slices.Equal(got, want) {
		t.Errorf("%s prints other lines than %s has; run this test with -update, and change README.md. Got\n%s\nwant\n%s",
			first, transcriptFile, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// screenplay is what the first command showed, and when.
type screenplay struct {
	lines                  []string // the page, the first failure, a bar whose forecast is a range, and the end
	failure, forecast, end time.Duration
}

// quickstart runs the first command on a terminal.
func quickstart(t *testing.T, dir string, env []string) (s screenplay) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", first)
	cmd.Dir, cmd.Env = dir, slices.Concat(env, []string{fmt.Sprintf("GOMAXPROCS=%d", processors)})
	output, err := pty.Run(cmd, 120, 60, pty.Key{After: "page stays until Ctrl-C", Type: pty.Interrupt})
	if err != nil {
		t.Fatal(err)
	}
	screen := vt.NewEmulator(400, 60) // wider than the terminal, so that no line is wrapped
	bar := regexp.MustCompile(`(?m)^quickstart .*[0-9]%.* eta [0-9ms]+-[0-9ms]+ .*fail [0-9]+.*$`)
	for _, w := range output {
		_, _ = screen.Write(w.Text)
		s.end = w.At
		frame := strings.Join(visible(screen), "\n")
		if s.failure == 0 && strings.Contains(frame, "first failure: ") {
			s.failure = w.At
		}
		if line := bar.FindString(frame); line != "" && s.forecast == 0 {
			s.forecast, s.lines = w.At, []string{line}
		}
	}
	last := visible(screen)
	if s.failure == 0 || s.forecast == 0 {
		t.Fatalf("%s shows the first failure after %v and a range after %v; at the end\n%s", first, s.failure, s.forecast, strings.Join(last, "\n"))
	}
	above := 1 + slices.IndexFunc(last, func(line string) bool { return strings.HasPrefix(line, "first failure: ") })
	s.lines = slices.Insert(last, above, s.lines...)
	return s
}

// visible returns the lines of the screen, without the empty ones at the end.
func visible(screen *vt.Emulator) []string {
	lines := strings.Split(screen.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// checkQuickstart checks that the failed files exist, and that the summary has
// them before the slowest chunks.
func checkQuickstart(t *testing.T, lines []string) {
	t.Helper()
	text := strings.Join(lines, "\n")
	failures, rest, found := strings.Cut(text, "\n  slowest ")
	names := regexp.MustCompile(`item [0-9]+ \((\S+\.go)\): [0-9]+:[0-9]+: `).FindAllStringSubmatch(failures, -1)
	if !found || len(names) < 2 || strings.Contains(rest, "\n  failed ") {
		t.Errorf("want failed files first, and then the slowest chunks:\n%s", text)
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(runtime.GOROOT(), "src", filepath.FromSlash(name[1]))); err != nil { //nolint:staticcheck // SA1019: the Go that runs the test
			t.Error(err)
		}
	}
}

// piped runs the first command once more with its output in a pipe, which has
// lines of text only, the summary among them. The modules are there now, so it
// needs no network.
func piped(t *testing.T, dir string, env []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", first+" 2>&1 | cat")
	cmd.Dir, cmd.Env = dir, slices.Concat(env, []string{"GOPROXY=off"})
	out, err := cmd.CombinedOutput()
	if err != nil || strings.ContainsFunc(string(out), func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) ||
		!regexp.MustCompile(`(?m)^chunkscope executor=quickstart .* state=done outcome=\w+ failed=[1-9].* slowest=#`).Match(out) {
		t.Errorf("error %v, want plain lines and a summary:\n%q", err, out)
	}
}

// allTests runs the second command, which has a line for each package.
func allTests(t *testing.T, dir string, env []string) (printed string, took time.Duration) {
	t.Helper()
	output := func(command ...string) string {
		cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	start := time.Now()
	printed = output(strings.Fields(second)...)
	took = time.Since(start)
	var tested []string
	for line := range strings.SplitSeq(printed, "\n") {
		fields := strings.Split(line, "\t")
		if len(fields) != 3 || fields[0] != "ok  " && fields[0] != "?   " {
			t.Errorf("%s prints %q", second, line)
			continue
		}
		tested = append(tested, fields[1])
	}
	if packages := strings.Fields(output("go", "list", "work")); !slices.Equal(tested, packages) {
		t.Errorf("%s tests %q, want %q", second, tested, packages)
	}
	return printed, took
}
