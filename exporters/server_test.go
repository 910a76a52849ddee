package exporters_test

import (
	"context"
	"errors"
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
)

// site is a suite's server in a bubble, at an address on a network in memory.
type site struct {
	*faultnet.Listener
	suite    *exporters.Suite
	registry *prometheus.Registry // what it serves
	client   *http.Client
	asked    string // the address that was to be listened at
	began    time.Time
}

// located is a listener that says where it is.
type located struct {
	net.Listener
	at net.TCPAddr
}

func (l located) Addr() net.Addr { return &l.at }

// open opens a server that is to serve at addr, in a bubble.
func open(t *testing.T, addr string) *site {
	t.Helper()
	s := &site{Listener: faultnet.Listen(1), registry: prometheus.NewRegistry(), began: time.Now()}
	s.client = &http.Client{Transport: &http.Transport{DialContext: s.Dial}}
	s.suite = newSuite(t, exporters.WithPrometheus(addr, promhook.WithRegisterer(s.registry)),
		exporters.WithListen(func(_ context.Context, _, address string) (net.Listener, error) {
			s.asked = address
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				t.Fatal(err)
			}
			if host == "localhost" {
				host = "127.0.0.1"
			}
			n, _ := strconv.Atoi(port)
			return located{s.Listener, net.TCPAddr{IP: net.ParseIP(host), Port: n}}, nil
		}))
	return s
}

// inSite tests a server that is to serve at addr.
func inSite(t *testing.T, addr string, test func(t *testing.T, s *site)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, addr)
		test(t, s)
		s.client.CloseIdleConnections()
		if err := s.suite.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// dial connects to the server.
func (s *site) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := s.Dial(t.Context(), "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// say sends text, and returns what the server answers until it hangs up.
func (s *site) say(t *testing.T, text string) string {
	t.Helper()
	conn := s.dial(t)
	go func() { _, _ = io.WriteString(conn, text) }()
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Error(err)
	}
	return string(answer)
}

// scrape demands that metrics are served, at once.
func (s *site) scrape(t *testing.T) {
	t.Helper()
	began := time.Now()
	if status, text := get(t, s.client, "http://localhost/metrics"); status != http.StatusOK || !strings.Contains(text, "chunkscope_build_info") {
		t.Errorf("scrape got status %d:\n%s", status, text)
	}
	if took := time.Since(began); took != 0 {
		t.Errorf("a scrape took %v", took)
	}
}

func (s *site) checkTime(t *testing.T, what string, want time.Duration) {
	t.Helper()
	if got := time.Since(s.began); got != want {
		t.Errorf("%s at %v, want %v", what, got, want)
	}
}

func TestPages(t *testing.T) {
	inSite(t, ":9090", func(t *testing.T, s *site) {
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
				t.Errorf("%s %s: browsers may guess at the type", c.method, c.path)
			}
		}
	})
}

// TestHosts has requests for other hosts refused where only this machine can
// ask: they come from web pages.
func TestHosts(t *testing.T) {
	for _, c := range []struct {
		addr, asked string
		host        string
		ok          bool
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
		inSite(t, c.addr, func(t *testing.T, s *site) {
			if s.asked != c.asked {
				t.Errorf("%s listens at %s, want %s", c.addr, s.asked, c.asked)
			}
			for _, path := range []string{"/metrics", "/healthz", "/"} {
				status, text := get(t, s.client, "http://localhost"+path, "Host", c.host)
				if c.ok && status != http.StatusOK || !c.ok && (status != http.StatusMisdirectedRequest || !strings.Contains(text, "use localhost")) {
					t.Errorf("at %s, a request for %s%s: status %d:\n%s", c.addr, c.host, path, status, text)
				}
			}
		})
	}
	inSite(t, ":9090", func(t *testing.T, s *site) {
		contains(t, "the answer to a proxy's request", s.say(t, "GET http://evil.example/metrics HTTP/1.0\r\n\r\n"), "421 Misdirected")
		contains(t, "the answer without a host", s.say(t, "GET /metrics HTTP/1.0\r\n\r\n"), "421 Misdirected")
	})
}

func TestSlowRequestsAreCut(t *testing.T) {
	const whole = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
	inSite(t, ":9090", func(t *testing.T, s *site) {
		if answer := s.say(t, ""); answer != "" {
			t.Errorf("silence is answered: %q", answer)
		}
		s.checkTime(t, "a client that sends nothing is cut", 5*time.Second)
	})
	inSite(t, ":9090", func(t *testing.T, s *site) {
		if answer := s.say(t, whole); answer != "" {
			t.Errorf("headers without an end are answered: %q", answer)
		}
		s.checkTime(t, "a client that does not end its headers is cut", 5*time.Second)
	})
	inSite(t, ":9090", func(t *testing.T, s *site) {
		conn := s.dial(t)
		conn.(*faultnet.Conn).Set(faultnet.Faults{Slice: 1, Bandwidth: 2})
		go func() { _, _ = io.WriteString(conn, whole+"\r\n") }()
		if answer, err := io.ReadAll(conn); err != nil || strings.Contains(string(answer), "200 OK") {
			t.Errorf("2 bytes a second are answered: %q, %v", answer, err)
		}
		s.checkTime(t, "a client that sends a byte now and then is cut", 5*time.Second)
		s.scrape(t)
	})
	inSite(t, ":9090", func(t *testing.T, s *site) {
		conn := s.dial(t)
		go func() { _, _ = io.WriteString(conn, whole+"\r\n") }()
		if _, err := io.ReadFull(conn, make([]byte, len("HTTP/1.1 200 OK"))); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(conn, whole+"\r\n") }()
		synctest.Wait()
		time.Sleep(29 * time.Second)
		s.scrape(t)
		time.Sleep(time.Second) // now the answer is 30 s old
		synctest.Wait()
		if rest, err := io.ReadAll(conn); err != nil || strings.Contains(string(rest), "\nchunkscope_build_info{") {
			t.Errorf("a client that does not read got the rest: %v\n%s", err, rest)
		}
		s.checkTime(t, "a client that does not read is cut", 30*time.Second)
	})
}

// TestIdleConnectionsMakeRoom has a flood of connections that ask for nothing,
// or for too long.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	for name, start := range map[string]string{"silent": "", "half a request": "GET /metrics HTTP/1.1\r\n"} {
		t.Run(name, func(t *testing.T) {
			inSite(t, ":9090", func(t *testing.T, s *site) {
				closed := make(chan time.Duration, 10_000)
				flood := func(n int) {
					for range n {
						conn := s.dial(t)
						go func() {
							_, _ = io.WriteString(conn, start)
							_, _ = io.Copy(io.Discard, conn)
							closed <- time.Since(s.began)
						}()
						synctest.Wait()
					}
				}
				flood(1000)
				s.scrape(t)
				flood(100)
				s.scrape(t)
				if n := len(closed); n < 1100-exporters.MaxConns || n > 1101-exporters.MaxConns {
					t.Errorf("%d of 1,100 connections are closed, want all but %d", n, exporters.MaxConns)
				}
				time.Sleep(5 * time.Second)
				synctest.Wait()
				if n := len(closed); n != 1100 {
					t.Errorf("%d of 1,100 connections are closed after 5 s", n)
				}
			})
		})
	}
	inSite(t, ":9090", func(t *testing.T, s *site) {
		s.scrape(t) // keeps its connection
		conn := s.dial(t)
		go func() { _, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") }()
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Error(err)
		}
		s.checkTime(t, "a connection that was used once is cut", 60*time.Second)
	})
}

// slow is a collector that lets a test decide when a scrape ends.
type slow struct {
	began chan struct{}
	end   chan struct{}
}

// newSlow makes scrapes slow.
func (s *site) newSlow() *slow {
	c := &slow{make(chan struct{}, 100), make(chan struct{})}
	s.registry.MustRegister(c)
	return c
}

func (*slow) Describe(chan<- *prometheus.Desc) {}

func (s *slow) Collect(chan<- prometheus.Metric) {
	s.began <- struct{}{}
	<-s.end
}

func TestManyScrapesAtOnce(t *testing.T) {
	inSite(t, ":9090", func(t *testing.T, s *site) {
		c := s.newSlow()
		answers := make(chan int)
		scrape := func() {
			status, _ := get(t, s.client, "http://localhost/metrics")
			answers <- status
		}
		for range exporters.MaxScrapes {
			go scrape()
			<-c.began
		}
		for range 3 {
			go scrape()
			if status := <-answers; status != http.StatusServiceUnavailable {
				t.Errorf("one scrape too many got status %d", status)
			}
		}
		if status, _ := get(t, s.client, "http://localhost/healthz"); status != http.StatusOK {
			t.Errorf("meanwhile /healthz has status %d", status)
		}
		close(c.end)
		for range exporters.MaxScrapes {
			if status := <-answers; status != http.StatusOK {
				t.Errorf("a scrape got status %d", status)
			}
		}
		s.scrape(t)
	})
}

func TestSlowScrapeIsGivenUp(t *testing.T) {
	inSite(t, ":9090", func(t *testing.T, s *site) {
		c := s.newSlow()
		if status, _ := get(t, s.client, "http://localhost/metrics"); status != http.StatusServiceUnavailable {
			t.Errorf("a scrape that takes for ever got status %d", status)
		}
		s.checkTime(t, "it is given up", 10*time.Second)
		close(c.end)
	})
}

func TestHugeRequests(t *testing.T) {
	inSite(t, ":9090", func(t *testing.T, s *site) {
		status, _ := get(t, s.client, "http://localhost/metrics", "X-Big", strings.Repeat("x", 15<<10))
		if status != http.StatusOK {
			t.Errorf("15 KiB of headers: status %d", status)
		}
		answer := s.say(t, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Big: "+strings.Repeat("x", 24<<10)+"\r\n\r\n")
		contains(t, "the answer to 24 KiB of headers", answer, "431 Request Header Fields Too Large")
		answer = s.say(t, "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"+strings.Repeat("x", 1<<20))
		contains(t, "the answer to a gigabyte", answer, "405 Method Not Allowed")
		if took := time.Since(s.began); took > 11*time.Second {
			t.Errorf("a gigabyte is read for %v", took)
		}
		pipelined := strings.Repeat("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 100)
		if answer := s.say(t, pipelined); strings.Count(answer, "200 OK") != 100 {
			t.Errorf("of 100 requests in one go, %d are answered", strings.Count(answer, "200 OK"))
		}
		s.scrape(t)
	})
}

// TestShutdownFinishesScrapes shuts down while somebody scrapes.
func TestShutdownFinishesScrapes(t *testing.T) {
	inSite(t, ":9090", func(t *testing.T, s *site) {
		c := s.newSlow()
		status := make(chan int)
		go func() {
			code, _ := get(t, s.client, "http://localhost/metrics")
			status <- code
		}()
		<-c.began
		over := make(chan error)
		go func() { over <- s.suite.Shutdown(t.Context()) }()
		time.Sleep(2 * time.Second)
		close(c.end)
		if code := <-status; code != http.StatusOK {
			t.Errorf("the scrape under way got status %d", code)
		}
		if err := <-over; err != nil {
			t.Error(err)
		}
		if _, err := s.Dial(t.Context(), "tcp", ""); err == nil {
			t.Error("the server still listens")
		}
	})
}

// TestShutdownCutsScrapes has a scrape take longer than Shutdown may.
func TestShutdownCutsScrapes(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{
		0:               100 * time.Millisecond,
		3 * time.Second: 3 * time.Second,
		time.Hour:       8 * time.Second, // which stands for none
	} {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, "0.0.0.0:9090")
			c := s.newSlow()
			cut := make(chan error)
			go func() {
				request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/metrics", http.NoBody)
				response, err := s.client.Do(request)
				if err == nil {
					_ = response.Body.Close()
				}
				cut <- err
			}()
			<-c.began
			ctx := t.Context()
			if limit != time.Hour {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, limit)
				defer cancel()
			}
			if err := s.suite.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Shutdown said %v", err)
			}
			s.checkTime(t, "Shutdown is over", want)
			if <-cut == nil {
				t.Error("the scrape was answered")
			}
			close(c.end)
		})
	}
}
