//go:build unix

package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/examples/internal/cli"
)

// runMain makes the test binary a program that works until a signal comes, or
// even longer if it is "stubborn".
const runMain = "CLI_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if how := os.Getenv(runMain); how != "" {
		cli.Main(func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			return cli.New("worker", "Works.").Run(ctx, args, stdout, stderr, func() error {
				fmt.Fprintln(stdout, "working")
				<-ctx.Done()
				for how == "stubborn" {
					time.Sleep(time.Hour)
				}
				return context.Cause(ctx)
			})
		})
	}
	os.Exit(m.Run())
}

func TestSignal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			p, stderr := start(t, "obedient")
			if err := p.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			exit, _ := errors.AsType[*exec.ExitError](p.Wait())
			if exit.ExitCode() != cli.Interrupted {
				t.Errorf("ended with %v, want exit status %d", exit, cli.Interrupted)
			}
			if want := "worker: " + sig.String() + " signal received\n"; stderr.String() != want {
				t.Errorf("stderr %q, want %q", stderr, want)
			}
		})
	}
}

func TestSecondSignal(t *testing.T) {
	p, _ := start(t, "stubborn")
	ended := make(chan error)
	go func() { ended <- p.Wait() }()
	// Nobody sees when the first signal has been taken note of, so there are
	// more than two.
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			_ = p.Process.Signal(syscall.SIGINT) // fails once the process has ended
		case err := <-ended:
			exit, _ := errors.AsType[*exec.ExitError](err)
			if status, _ := exit.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGINT {
				t.Errorf("ended with %v, want by the signal", exit)
			}
			return
		}
	}
}

// start runs the program and waits until it works.
func start(t *testing.T, how string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	p := exec.CommandContext(ctx, os.Args[0])
	p.Env = append(os.Environ(), runMain+"="+how)
	var stderr bytes.Buffer
	p.Stderr = &stderr
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "working\n" {
		t.Fatalf("printed %q, %v", line, err)
	}
	return p, &stderr
}
