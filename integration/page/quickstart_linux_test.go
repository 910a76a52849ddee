package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/integration/terminal/pty"
)

// fixedPort is where the quickstart shows its page, if it can.
const fixedPort = "127.0.0.1:6070"

var pageURL = regexp.MustCompile(`page stays until Ctrl-C: (http://(127\.0\.0\.1:[0-9]+)/debug/chunkscope/)\r`)

// newQuickstart builds examples/quickstart. The returned function makes a command
// that runs it over 61 files, of which one does not parse.
func newQuickstart(t *testing.T) func(shell string, env ...string) *exec.Cmd {
	t.Helper()
	program, root := filepath.Join(t.TempDir(), "quickstart"), t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./quickstart")
	build.Dir = "../../examples"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	write := func(name, text string) {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 60 {
		write(fmt.Sprintf("f%02d.go", i), "package p\n")
	}
	write("testdata/bad.go", "package")
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience) // one that waits for Ctrl-C without need would stay
	t.Cleanup(cancel)
	return func(shell string, env ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "sh", "-c", fmt.Sprintf("exec %s -root %s -workers 2 %s", program, root, shell))
		cmd.Env = slices.Concat(pty.Environment(os.Environ()), env)
		return cmd
	}
}

// show runs a command on a terminal. Once the page waits for Ctrl-C, it calls look
// with its URL and address, and then interrupts.
func show(t *testing.T, cmd *exec.Cmd, look func(url, address string)) {
	t.Helper()
	writes, err := pty.Run(cmd, 120, 40, pty.Key{After: "page stays until Ctrl-C: ", Type: pty.Interrupt, Before: func(shown string) {
		if url := pageURL.FindStringSubmatch(shown); url != nil {
			look(url[1], url[2])
			look = nil
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if look != nil {
		t.Fatalf("the quickstart does not wait with a page:\n%s", text(writes))
	}
	if status := cmd.ProcessState.ExitCode(); status != 1 {
		t.Errorf("the exit status is %d, want 1 for a failed file, after an interruption, too", status)
	}
}

func TestTheQuickstart(t *testing.T) {
	quickstart := newQuickstart(t)
	t.Run("shows its page", func(t *testing.T) { showsItsPage(t, quickstart("")) })
	t.Run("finds a free port", func(t *testing.T) { findsAFreePort(t, quickstart("")) })
	// Where nobody would look it serves nothing, and ends by itself.
	for name, cmd := range map[string]*exec.Cmd{
		"in CI":             quickstart("", "CI=true"),
		"in a pipe":         quickstart("2>&1 | cat"),
		"with a log":        quickstart("2>&1 >/dev/null"),
		"with the page off": quickstart("", "CHUNKSCOPE_UI=off"),
	} {
		t.Run(name, func(t *testing.T) { showsNoPage(t, cmd) })
	}
}

// showsItsPage opens the URL that the quickstart prints, also after its end.
func showsItsPage(t *testing.T, quickstart *exec.Cmd) {
	t.Helper()
	var p tab
	show(t, quickstart, func(url, address string) {
		if address != fixedPort && isFree(t) {
			t.Errorf("the page is at %s, want %s", address, fixedPort)
		}
		ctx, stop, err := openTab(browser, url, desk)
		t.Cleanup(stop)
		if err != nil {
			t.Fatal(err)
		}
		p = tab{T: t, ctx: ctx}
		p.wantText("header", "quickstart", "✕ error", "100 %", "61 of 61 items", "failed 1", "workers 2")
		p.wantText("#workers", "w0")
		if drawn := evaluate[int](p, `document.querySelectorAll(".lanes canvas").length`); drawn < 1 || drawn > 2 {
			t.Errorf("%d workers have a timeline", drawn)
		}
		p.wantText("#failures", "1 of 61 items", "scanner.Error", "item 60 (testdata/bad.go): 1:8: ", "60 (testdata/bad.go)")
		p.wantText("#exporters", "termhook ✓ delivering")
	})
	if t.Failed() {
		return
	}
	evaluate[any](p, `(document.dispatchEvent(new Event("visibilitychange")), null)`) // it asks at once
	p.waitFor(`!document.getElementById("reach").hidden`)
	p.wantText("#reach", "■ Ended", "These are its last numbers")
	p.wantText("header", "✕ error", "61 of 61 items", "failed 1")
}

// findsAFreePort runs it while the port is taken.
func findsAFreePort(t *testing.T, quickstart *exec.Cmd) {
	t.Helper()
	if l, err := net.Listen("tcp", fixedPort); err == nil { //nolint:noctx // it binds and waits for nothing
		defer func() { _ = l.Close() }()
	} // else another program has it, which is as good
	show(t, quickstart, func(url, address string) {
		if address == fixedPort {
			t.Error("two programs have one port")
		}
		ctx, stop, err := openTab(browser, url, phone)
		t.Cleanup(stop)
		if err != nil {
			t.Fatal(err)
		}
		tab{T: t, ctx: ctx}.wantText("header", "quickstart", "✕ error")
	})
}

func showsNoPage(t *testing.T, quickstart *exec.Cmd) {
	t.Helper()
	writes, err := pty.Run(quickstart, 120, 40)
	if err != nil {
		t.Fatal(err)
	}
	if shown := text(writes); strings.Contains(shown, "page") || strings.Contains(shown, "http:") || !strings.Contains(shown, "61 of 61 items") && !strings.Contains(shown, "done=61") {
		t.Errorf("it shows\n%s", shown)
	}
}

func text(writes []pty.Write) string {
	var b strings.Builder
	for _, w := range writes {
		_, _ = b.Write(w.Text)
	}
	return b.String()
}

// isFree reports whether nobody has the fixed port.
func isFree(t *testing.T) bool {
	t.Helper()
	l, err := net.Listen("tcp", fixedPort) //nolint:noctx // it binds and waits for nothing
	if err == nil {
		_ = l.Close()
	}
	return err == nil
}
