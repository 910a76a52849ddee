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

// runMainVariable turns the test binary into a program that works until a
// signal arrives. With the value "stubborn" it ignores the end of its context.
const runMainVariable = "CLI_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if mode := os.Getenv(runMainVariable); mode != "" {
		cli.Main(func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			return cli.New("worker", "Works.").Run(ctx, args, stdout, stderr, func() error {
				fmt.Fprintln(stdout, "working")
				<-ctx.Done()
				for mode == "stubborn" {
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
	// The process does not show when it has handled the first signal, so the
	// test sends more than two.
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			_ = p.Process.Signal(syscall.SIGINT) // it fails after the process has ended
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
func start(t *testing.T, mode string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	p := exec.CommandContext(ctx, os.Args[0])
	p.Env = append(os.Environ(), runMainVariable+"="+mode)
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
