// Package clitest runs the examples as commands, and tests what all of them
// have in common.
package clitest

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Exit statuses of the examples.
const (
	OK          = 0   // everything was done, and failures are tolerated if there are any
	Failed      = 1   // the job failed, in whole or in part
	Usage       = 2   // the command line is invalid
	Interrupted = 130 // a signal ended the job early
)

// runMain makes a test binary run the example instead of its tests.
const runMain = "CLITEST_RUN_MAIN"

// Main is the body of TestMain of an example. It fails the package if a test
// leaves a goroutine behind. In a process that Run has started, it runs main.
func Main(m *testing.M, main func()) {
	if os.Getenv(runMain) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	flag.CommandLine = flag.NewFlagSet(os.Args[0], flag.ExitOnError) // without the flags of go test
	main()
	os.Exit(0)
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...) //nolint:gosec // G204: the test binary itself
	cmd.Env = append(os.Environ(), runMain+"=1")
	return cmd
}

// Run runs the example as a process and returns its exit status and its output.
func Run(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	cmd := command(t, args...)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	_ = cmd.Run() // its state says more
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}

// Contract checks that an example with these flags has a help, rejects invalid
// command lines and reports invalid input, all with a useful message.
func Contract(t *testing.T, flags ...string) {
	t.Helper()
	status, stdout, stderr := Run(t, "-h")
	if status != OK || stdout != "" {
		t.Errorf("-h: exit status %d, want %d, and nothing on stdout:\n%s", status, OK, stdout)
	}
	for _, f := range flags {
		if !regexp.MustCompile(`(?m)^  -` + f + `( |$)`).MatchString(stderr) {
			t.Errorf("the help lacks -%s:\n%s", f, stderr)
		}
	}

	Fails(t, Usage, []string{"-no-such-flag"}, "-no-such-flag", "  -"+flags[0])
	Fails(t, Usage, []string{"surplus"}, "usage: ", "[-"+flags[0])
	if slices.Contains(flags, "workers") {
		AtLeastOne(t, "workers")
	}
	if slices.Contains(flags, "root") {
		missing, empty := filepath.Join(t.TempDir(), "missing"), t.TempDir()
		Fails(t, Failed, []string{"-root", missing}, missing, "no such file", "-root")
		Fails(t, Failed, []string{"-root", empty}, empty, "no Go files", "-root")
	}
}

// AtLeastOne checks that a flag rejects everything but a positive number.
func AtLeastOne(t *testing.T, name string) {
	t.Helper()
	for _, bad := range []string{"many", "1.5", "99999999999999999999"} {
		Fails(t, Usage, []string{"-" + name, bad}, `"`+bad+`"`, "-"+name)
	}
	for _, bad := range []string{"0", "-1"} {
		Fails(t, Usage, []string{"-" + name, bad}, "usage: ", "[-"+name+" n]", "at least 1")
	}
}

// Fails checks that an example with these arguments fails before it does
// anything, with a message that contains all words.
func Fails(t *testing.T, want int, args []string, words ...string) {
	t.Helper()
	status, stdout, stderr := Run(t, args...)
	if status != want || stdout != "" {
		t.Errorf("%q: exit status %d, want %d, and nothing on stdout:\n%s", args, status, want, stdout)
	}
	for _, w := range words {
		if !strings.Contains(stderr, w) {
			t.Errorf("%s: the message lacks %q:\n%s", strings.Join(args, " "), w, stderr)
		}
	}
}

// Start starts the example, and returns when it has printed something. Wait
// returns the whole output after the process has ended.
func Start(t *testing.T, args ...string) (cmd *exec.Cmd, wait func() string) {
	t.Helper()
	cmd = command(t, args...)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	first := make([]byte, 1)
	_, _ = io.ReadFull(out, first) // it fails if nothing is printed
	return cmd, func() string {
		rest, _ := io.ReadAll(out)
		_ = out.Close()
		_ = cmd.Wait() // its state says more
		return string(first) + string(rest)
	}
}

// Interrupts sends a signal to an example as soon as it prints something. It
// checks the exit status, and that the message names the signal.
func Interrupts(t *testing.T, args ...string) {
	t.Helper()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd, wait := Start(t, args...)
		_ = cmd.Process.Signal(sig) // it fails if the process has ended
		text := wait()
		if status := cmd.ProcessState.ExitCode(); status != Interrupted || !strings.Contains(text, sig.String()) {
			t.Errorf("%v: exit status %d, want %d, and a message that names the signal:\n%s", sig, status, Interrupted, text)
		}
	}
}
