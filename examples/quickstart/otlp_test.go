package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// collector keeps what it is sent, by path.
type collector struct {
	mu   sync.Mutex
	sent map[string][]byte
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent[r.URL.Path] = append(c.sent[r.URL.Path], body...)
}

func TestOTLP(t *testing.T) {
	c := &collector{sent: map[string][]byte{}}
	server := httptest.NewServer(c)
	defer server.Close()
	if status, _, stderr := runIn(t, manyFiles(t, 10), "-otlp", server.URL); status != exitOK {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// Texts stand in protocol buffers as they are.
	for path, want := range map[string][]string{
		"/v1/traces":  {"run quickstart", "chunk quickstart", "chunkscope.run.id", "service.name"},
		"/v1/metrics": {"chunkscope.run.duration", "chunkscope.chunk.duration", "chunkscope.items", "service.name"},
	} {
		for _, text := range want {
			if !bytes.Contains(c.sent[path], []byte(text)) {
				t.Errorf("%s got nothing about %s", path, text)
			}
		}
	}
}

// TestOTLPDown demands that a collector that is down does not fail the job.
func TestOTLPDown(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	status, summary, stderr := runIn(t, manyFiles(t, 10), "-otlp", server.URL)
	if status != exitOK || !strings.Contains(summary, "10 of 10") {
		t.Errorf("exit status %d, summary:\n%s", status, summary)
	}
	if !strings.Contains(stderr, "not all spans and metrics were sent: ") {
		t.Errorf("nothing tells that the collector is down:\n%s", stderr)
	}
}

func TestOTLPNeedsAURL(t *testing.T) {
	for _, value := range []string{"localhost:4318", "ftp://localhost", "http://", "%"} {
		if status, _, stderr := runIn(t, t.TempDir(), "-otlp", value); status != exitUsage || !strings.Contains(stderr, "http://localhost:4318") {
			t.Errorf("-otlp %q: exit status %d: %s", value, status, stderr)
		}
	}
}
