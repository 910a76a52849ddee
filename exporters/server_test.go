package exporters_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/internal/faultnet"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/termhook"
)

// testServer is the server of a suite, in a bubble, on a network in memory.
type testServer struct {
	*faultnet.Listener
	suite    *exporters.Suite
	registry *prometheus.Registry // what it serves
	client   *http.Client
	address  string // where it was to listen
	started  time.Time
}

// addressedListener is a listener with an address of its own.
type addressedListener struct {
	net.Listener
	addr net.TCPAddr
}

func (l addressedListener) Addr() net.Addr { return &l.addr }

// openServer opens a server with an address, in a bubble.
func openServer(t *testing.T, addr string, opts ...exporters.Option) *testServer {
	t.Helper()
	s := &testServer{Listener: faultnet.Listen(1), registry: prometheus.NewRegistry(), started: time.Now()}
	s.client = &http.Client{Transport: &http.Transport{DialContext: s.Dial}}
	opts = append(opts, exporters.WithTerminal(io.Discard, termhook.WithMode(termhook.ModeNone)), exporters.WithPrometheus(addr, promhook.WithRegisterer(s.registry)),
		exporters.WithListen(func(_ context.Context, _, address string) (net.Listener, error) {
			s.address = address
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				t.Fatal(err)
			}
			if host == "localhost" {
				host = "127.0.0.1"
			}
			n, _ := strconv.Atoi(port)
			return addressedListener{s.Listener, net.TCPAddr{IP: net.ParseIP(host), Port: n}}, nil
		}))
	var err error
	if s.suite, err = exporters.FromEnv(t.Context(), opts...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.suite.Shutdown(context.Background()) })
	return s
}

// withServer tests a server with an address.
func withServer(t *testing.T, addr string, test func(t *testing.T, s *testServer), opts ...exporters.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := openServer(t, addr, opts...)
		test(t, s)
		s.client.CloseIdleConnections()
		if err := s.suite.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// dial connects to the server.
func (s *testServer) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := s.Dial(t.Context(), "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// send sends text, and returns what the server answers until it closes the
// connection.
func (s *testServer) send(t *testing.T, text string) string {
	t.Helper()
	conn := s.dial(t)
	go func() { _, _ = io.WriteString(conn, text) }()
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Error(err)
	}
	return string(answer)
}

// scrape reports an error if the server does not serve metrics at once.
func (s *testServer) scrape(t *testing.T) {
	t.Helper()
	start := time.Now()
	if status, text := get(t, s.client, "http://localhost/metrics"); status != http.StatusOK || !strings.Contains(text, "chunkscope_build_info") {
		t.Errorf("scrape got status %d:\n%s", status, text)
	}
	if took := time.Since(start); took != 0 {
		t.Errorf("a scrape took %v", took)
	}
}

func (s *testServer) checkTime(t *testing.T, what string, want time.Duration) {
	t.Helper()
	if got := time.Since(s.started); got != want {
		t.Errorf("%s at %v, want %v", what, got, want)
	}
}

func TestPages(t *testing.T) {
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		s.scrape(t)
		for _, c := range []struct {
			method, path string
			status       int
			text         string
		}{
			{"GET", "/healthz", 200, "ok\n"},
			{"HEAD", "/healthz", 200, ""},
			{"HEAD", "/metrics", 200, ""},
			{"GET", "/", 200, `<a href="metrics">`},
			{"GET", "/metrics/", 404, "not found"},
			{"GET", "/debug/pprof/", 404, "not found"},
			{"GET", "/favicon.ico", 404, "not found"},
			{"POST", "/metrics", 405, "Method Not Allowed"},
			{"PUT", "/healthz", 405, "Method Not Allowed"},
			{"DELETE", "/", 405, "Method Not Allowed"},
			{"OPTIONS", "/metrics", 405, "Method Not Allowed"},
			{"PROPFIND", "/metrics", 405, "Method Not Allowed"},
		} {
			request, err := http.NewRequestWithContext(t.Context(), c.method, "http://localhost"+c.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			response, err := s.client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil || response.StatusCode != c.status || !strings.Contains(string(text), c.text) {
				t.Errorf("%s %s: status %d, want %d: %q, %v", c.method, c.path, response.StatusCode, c.status, text, err)
			}
			if allow := response.Header.Get("Allow"); c.status == 405 && allow != "GET, HEAD" {
				t.Errorf("%s %s: Allow is %q", c.method, c.path, allow)
			}
			if response.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: browsers may guess the type", c.method, c.path)
			}
		}
	})
}

// TestHosts holds that a server at a loopback address refuses requests for other
// hosts, which come from web pages.
func TestHosts(t *testing.T) {
	for _, c := range []struct {
		addr, listens string
		host          string
		ok            bool
	}{
		{":9090", "127.0.0.1:9090", "localhost:9090", true},
		{":9090", "127.0.0.1:9090", "LOCALHOST", true},
		{":9090", "127.0.0.1:9090", "127.0.0.1:9090", true},
		{":9090", "127.0.0.1:9090", "127.9.9.9", true},
		{":9090", "127.0.0.1:9090", "[::1]:9090", true},
		{":9090", "127.0.0.1:9090", "[::ffff:127.0.0.1]", true},
		{":9090", "127.0.0.1:9090", "evil.example:9090", false},
		{":9090", "127.0.0.1:9090", "localhost.evil.example", false},
		{":9090", "127.0.0.1:9090", "127.0.0.1.evil.example", false},
		{":9090", "127.0.0.1:9090", "192.168.0.1:9090", false},
		{":9090", "127.0.0.1:9090", "0.0.0.0", false},
		{"localhost:9090", "localhost:9090", "evil.example", false},
		{"[::1]:9090", "[::1]:9090", "evil.example", false},
		{"[::1]:9090", "[::1]:9090", "[::1]:9090", true},
		{"127.0.0.2:9090", "127.0.0.2:9090", "127.0.0.2", true},
		{"0.0.0.0:9090", "0.0.0.0:9090", "metrics.example:9090", true},
		{"[::]:9090", "[::]:9090", "metrics.example", true},
		{"192.0.2.7:9090", "192.0.2.7:9090", "metrics.example", true},
	} {
		withServer(t, c.addr, func(t *testing.T, s *testServer) {
			if s.address != c.listens {
				t.Errorf("%s listens at %s, want %s", c.addr, s.address, c.listens)
			}
			for _, path := range []string{"/metrics", "/healthz", "/"} {
				status, text := get(t, s.client, "http://localhost"+path, "Host", c.host)
				if c.ok && status != http.StatusOK || !c.ok && (status != http.StatusMisdirectedRequest || !strings.Contains(text, "use localhost")) {
					t.Errorf("at %s, a request for %s%s: status %d:\n%s", c.addr, c.host, path, status, text)
				}
			}
		})
	}
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		contains(t, "the answer to a proxy's request", s.send(t, "GET http://evil.example/metrics HTTP/1.0\r\n\r\n"), "421 Misdirected")
		contains(t, "the answer without a host", s.send(t, "GET /metrics HTTP/1.0\r\n\r\n"), "421 Misdirected")
	})
}
