package copies

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const starter = "../../starter"

// TestStarter begins a job with the commands of README.md, and then tests and
// runs it. The packages come from this checkout instead of a release.
func TestStarter(t *testing.T) {
	home := t.TempDir()
	begin := exec.CommandContext(t.Context(), "sh", "-ec", beginning(t))
	begin.Dir = "../../.."
	begin.Env = append(os.Environ(), "GOWORK=off", "GOENV=off", "GOPATH="+goEnv(t, "GOPATH"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOCACHE="+goEnv(t, "GOCACHE"), "HOME="+home)
	if out, err := begin.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	dir := filepath.Join(home, "nightly")
	mod := read(t, filepath.Join(dir, "go.mod"))
	if !strings.HasPrefix(mod, "module example.com/nightly\n") || strings.Contains(mod, "=>") {
		t.Errorf("the copy has another module or still replacements:\n%s", mod)
	}

	replaceWithCheckout(t, dir, starter)
	for _, args := range [][]string{{"test", "./..."}, {"build", "-ldflags=-s -w", "."}} {
		if out, err := goTool(t, dir, args...); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	backups := filepath.Join(home, "backups")
	if err := os.MkdirAll(backups, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(backups, "monday.gz"), []byte("damaged, and long enough"), 0o600); err != nil {
		t.Fatal(err)
	}
	job := exec.CommandContext(t.Context(), filepath.Join(dir, "nightly"), "-dir", backups)
	out, err := job.CombinedOutput()
	if job.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "monday.gz: gzip: invalid header") {
		t.Errorf("a damaged backup: %v, want exit status 1 and its name:\n%s", err, out)
	}
}

// beginning returns the commands of README.md that make a copy, up to the
// first that needs a release.
func beginning(t *testing.T) string {
	t.Helper()
	_, commands, found := strings.Cut(read(t, filepath.Join(starter, "README.md")), "```sh\ncp -r ")
	commands, _, end := strings.Cut(commands, "\ngo mod tidy\ngo test ./...\n```")
	if !found || !end {
		t.Fatal("README.md has no commands to begin with")
	}
	return "cp -r " + commands
}

// TestStarterRequiresTheSameVersions checks that a release updates the starter,
// too.
func TestStarterRequiresTheSameVersions(t *testing.T) {
	ours := regexp.MustCompile(`(?m)^\tgithub\.com/chunkscope/chunkscope(/exporters)? v.*$`)
	want := ours.FindAllString(read(t, "../../go.mod"), -1)
	if got := ours.FindAllString(read(t, filepath.Join(starter, "go.mod")), -1); len(want) != 2 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the starter requires %q, the examples %q", got, want)
	}
}

// TestStarterManifest checks the manifest of Kubernetes against what the
// library does: the variables that it reads, and the time of Shutdown.
func TestStarterManifest(t *testing.T) {
	manifest, documented := read(t, filepath.Join(starter, "cronjob.yaml")), read(t, "../../../docs/environment.md")
	names := regexp.MustCompile(`name: (CHUNKSCOPE_\w+)`).FindAllStringSubmatch(manifest, -1)
	for _, name := range names {
		if !strings.Contains(documented, "`"+name[1]+"`") {
			t.Errorf("docs/environment.md does not have %s", name[1])
		}
	}
	grace := regexp.MustCompile(`terminationGracePeriodSeconds: (\d+)`).FindStringSubmatch(manifest)
	if len(names) < 3 || grace == nil {
		t.Fatalf("variables %q, grace period %q", names, grace)
	}
	if seconds, _ := strconv.Atoi(grace[1]); seconds <= 8 {
		t.Errorf("a pod has %d s to end; Shutdown takes up to 8 s", seconds)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file) //nolint:gosec // G304: a file of this repository, or a copy
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	value, err := goTool(t, ".", "env", name)
	if err != nil {
		t.Fatal(err, value)
	}
	return strings.TrimSpace(value)
}
