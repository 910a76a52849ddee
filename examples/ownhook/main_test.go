package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/examples/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func TestContract(t *testing.T) {
	clitest.Contract(t, "root", "workers", "addr", "wait")
	clitest.Interrupts(t)
	root := manyFiles(t)
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, addr := range []string{taken.Addr().String(), "8099", "127.0.0.1:none"} {
		clitest.Fails(t, clitest.Failed, []string{"-root", root, "-addr", addr}, addr, "-addr")
	}
}

func TestOutput(t *testing.T) {
	status, stdout, stderr := clitest.Run(t, "-root", manyFiles(t))
	if status != clitest.OK || !strings.HasPrefix(stderr, "serving http://127.0.0.1:") {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	runs := decode(t, stdout)
	if len(runs) != 1 {
		t.Fatalf("%d runs:\n%s", len(runs), stdout)
	}
	if r := runs[0]; r.Executor != "ownhook" || r.Outcome != "ok" || r.Items != 40 || r.ItemsDone != 40 || r.ItemsFailed != 0 || r.Chunks.Count == 0 {
		t.Errorf("printed:\n%s", stdout)
	}
}

// TestWait requests the endpoint after the run, and then ends the program.
func TestWait(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	stdout, stdoutWriter := io.Pipe()
	stderr, stderrWriter := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, manyFiles(t), 2, "127.0.0.1:0", true, stdoutWriter, stderrWriter) }()
	var url string
	if _, err := fmt.Fscanf(stderr, "serving %s\n", &url); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && lines.Text() != "}" { // the run has ended when all of it is printed
	}
	var body strings.Builder
	if err := fetch(t.Context(), url, &body); err != nil {
		t.Fatal(err)
	}
	if runs := decode(t, body.String()); len(runs) != 1 || runs[0].ItemsDone != 40 {
		t.Errorf("served:\n%s", &body)
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Errorf("error %v, want none, as of the run", err)
	}
	http.DefaultClient.CloseIdleConnections()
	var dialer net.Dialer
	if conn, err := dialer.DialContext(t.Context(), "tcp", strings.Split(url, "/")[2]); err == nil {
		_ = conn.Close()
		t.Error("it still serves")
	}
}

func TestFileThatDoesNotParse(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{"good.go": "package p\n", "bad.go": "package"})
	status, stdout, stderr := clitest.Run(t, "-root", root)
	if status != clitest.Failed || !strings.Contains(stderr, "bad.go:1:8: ") {
		t.Errorf("exit status %d, want %d: %s", status, clitest.Failed, stderr)
	}
	if runs := decode(t, stdout); len(runs) != 1 || runs[0].ItemsFailed != 1 || runs[0].Outcome != "error" {
		t.Errorf("printed:\n%s", stdout)
	}
}

// manyFiles writes 40 Go files.
func manyFiles(t *testing.T) (root string) {
	t.Helper()
	files := map[string]string{}
	for i := range 40 {
		files[fmt.Sprintf("f%02d.go", i)] = "package p\n"
	}
	return clitest.WriteTree(t, files)
}
