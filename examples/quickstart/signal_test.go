//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// runMain makes the test binary the program itself.
const runMain = "QUICKSTART_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestSignal interrupts a real process as soon as it shows progress. The
// process has work for much longer than a signal takes.
func TestSignal(t *testing.T) {
	const files = 2000
	big := source + strings.Repeat("func _() { fmt.Print(1) }\n", 10_000)
	root := writeTree(t, map[string]string{fileName(0): big})
	for i := 1; i < files; i++ {
		if err := os.Link(filepath.Join(root, fileName(0)), filepath.Join(root, fileName(i))); err != nil {
			t.Fatal(err)
		}
	}

	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			program := exec.CommandContext(ctx, os.Args[0], "-root", root, "-workers", "1")
			program.Env = append(os.Environ(), runMain+"=1")
			var stdout bytes.Buffer
			program.Stdout = &stdout
			stderr, err := program.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := program.Start(); err != nil {
				t.Fatal(err)
			}
			progress := bufio.NewReader(stderr)
			if _, err := progress.ReadString('\n'); err != nil {
				t.Fatal("no progress:", err)
			}
			if err := program.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(progress)
			if err != nil {
				t.Fatal(err)
			}
			err = program.Wait()
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitInterrupted {
				t.Errorf("ended with %v, want exit status %d", err, exitInterrupted)
			}
			if !strings.Contains(string(rest), sig.String()+" signal received") {
				t.Errorf("stderr does not tell the signal:\n%s", rest)
			}

			summary := stdout.String()
			count, _, _ := strings.Cut(strings.Join(rows(summary, "files"), ""), " ")
			done, err := strconv.Atoi(strings.ReplaceAll(count, ",", ""))
			if err != nil || done == files {
				t.Fatalf("%q files done, want some of %d:\n%s", count, files, summary)
			}
			wantRows(t, summary, map[string]string{
				"outcome":      "canceled",
				"files":        decimal(done) + " of 2,000, 0 failed",
				"lines":        decimal(done * strings.Count(big, "\n")),
				"declarations": decimal(done * (6 + 10_000)),
				"bytes":        decimal(done * len(big)),
			})
		})
	}
}
