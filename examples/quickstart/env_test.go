package main

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/examples/internal/clitest"
)

func TestProgressNone(t *testing.T) {
	t.Setenv("CHUNKSCOPE_PROGRESS", "none")
	files := copies(10)
	status, stdout, stderr := clitest.Run(t, "-root", clitest.WriteTree(t, files))
	if status != clitest.OK || stdout != wantOutput(t, files) || stderr != "" {
		t.Errorf("exit status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

func TestInvalidEnvironment(t *testing.T) {
	t.Setenv("CHUNKSCOPE_PROGRESS", "loud")
	clitest.Fails(t, clitest.Failed, []string{"-root", clitest.WriteTree(t, copies(1))}, "CHUNKSCOPE_PROGRESS")
}

// TestStatsD sets a back end in the environment and checks what arrives there.
func TestStatsD(t *testing.T) {
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	t.Setenv("CHUNKSCOPE_STATSD_ADDR", server.LocalAddr().String())
	status, _, stderr := clitest.Run(t, "-root", clitest.WriteTree(t, copies(10)))
	if status != clitest.OK || strings.Contains(stderr, "not everything") {
		t.Errorf("exit status %d:\n%s", status, stderr)
	}
	if err := server.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	packet := make([]byte, 64<<10)
	for {
		n, err := server.Read(packet)
		if err != nil {
			t.Fatal("no metric of the end of the run arrived:", err)
		}
		if strings.Contains(string(packet[:n]), "chunkscope.runs:1|c|#executor:quickstart,outcome:ok") {
			return
		}
	}
}
