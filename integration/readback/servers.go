package readback

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/integration/oracle/statsd"
)

// endpoint receives webhooks.
type endpoint struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
}

type request struct {
	path   string
	header http.Header
	body   []byte
}

func startEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.requests = append(e.requests, request{r.URL.Path, r.Header, body})
		_, _ = io.WriteString(w, "ok") // the answer of Slack
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) received() []request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.requests)
}

// lines keeps what is written to it.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.buf.Bytes())
}

// startStatsD starts a statsd_exporter with our mapping on a unix socket, which
// loses no packets, and returns its address.
func startStatsD(t *testing.T) (server *statsd.Server, address string) {
	t.Helper()
	mapping, err := os.ReadFile("../../docs/statsd_mapping.yml")
	check(t, err)
	server, err = statsd.New(string(mapping))
	check(t, err)
	t.Cleanup(func() { check(t, server.Close()) })
	path := filepath.Join(t.TempDir(), "statsd")
	check(t, server.ListenUnixgram(path))
	return server, "unixgram://" + path
}
