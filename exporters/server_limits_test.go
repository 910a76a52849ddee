package exporters_test

import (
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
)

func TestSlowClients(t *testing.T) {
	const whole = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		if answer := s.send(t, ""); answer != "" {
			t.Errorf("a client that sends nothing is answered: %q", answer)
		}
		s.checkTime(t, "a client that sends nothing is cut", 5*time.Second)
	})
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		if answer := s.send(t, whole); answer != "" {
			t.Errorf("headers without an end are answered: %q", answer)
		}
		s.checkTime(t, "a client that does not end its headers is cut", 5*time.Second)
	})
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		conn := s.dial(t)
		conn.(*faultnet.Conn).Set(faultnet.Faults{Slice: 1, Bandwidth: 2})
		go func() { _, _ = io.WriteString(conn, whole+"\r\n") }()
		if answer, err := io.ReadAll(conn); err != nil || strings.Contains(string(answer), "200 OK") {
			t.Errorf("2 bytes a second are answered: %q, %v", answer, err)
		}
		s.checkTime(t, "a client that sends 2 bytes a second is cut", 5*time.Second)
		s.scrape(t)
	})
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		slow := s.slowReaders(t, 2*exporters.MaxScrapes)
		synctest.Wait()
		time.Sleep(29 * time.Second)
		s.scrape(t)
		time.Sleep(time.Second) // now the answers are 30 s old
		synctest.Wait()
		for _, conn := range slow {
			if rest, err := io.ReadAll(conn); err != nil || strings.Contains(string(rest), `many{number="999"}`) {
				t.Errorf("a client that does not read got the rest: %v\n%s", err, rest)
			}
		}
		s.checkTime(t, "a client that does not read is cut", 30*time.Second)
	})
}

// TestIdleConnections opens a flood of connections without a request, or with
// half of one.
func TestIdleConnections(t *testing.T) {
	for name, start := range map[string]string{"silent": "", "half a request": "GET /metrics HTTP/1.1\r\n"} {
		t.Run(name, func(t *testing.T) {
			withServer(t, ":9090", func(t *testing.T, s *testServer) {
				closed := make(chan time.Duration, 10_000)
				flood := func(n int) {
					for range n {
						conn := s.dial(t)
						go func() {
							_, _ = io.WriteString(conn, start)
							_, _ = io.Copy(io.Discard, conn)
							closed <- time.Since(s.started)
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
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		s.scrape(t) // its connection stays open
		conn := s.dial(t)
		go func() { _, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") }()
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Error(err)
		}
		s.checkTime(t, "a connection that was used once is cut", 60*time.Second)
	})
}

// slowReaders returns connections of clients that request many metrics and read
// the beginning of the answer.
func (s *testServer) slowReaders(t *testing.T, n int) (conns []net.Conn) {
	t.Helper()
	many := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "many"}, []string{"number"})
	s.registry.MustRegister(many)
	for i := range 1000 {
		many.WithLabelValues(strconv.Itoa(i))
	}
	for range n {
		conn := s.dial(t)
		go func() {
			_, _ = io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		}()
		answer := make([]byte, len("HTTP/1.1 200 OK"))
		if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 200 OK" {
			t.Fatalf("%q, %v", answer, err)
		}
		conns = append(conns, conn)
	}
	return conns
}

// TestBusyConnections holds that the server refuses a new connection rather than
// cut an answer.
func TestBusyConnections(t *testing.T) {
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		slow := s.slowReaders(t, exporters.MaxConns)
		if answer := s.send(t, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); answer != "" {
			t.Errorf("one connection too many is answered %q", answer)
		}
		s.checkTime(t, "it is refused", 0)
		for _, conn := range slow {
			if rest, err := io.ReadAll(conn); err != nil || !strings.Contains(string(rest), `many{number="999"}`) {
				t.Errorf("an answer was cut: %v", err)
			}
		}
		s.scrape(t)
	})
}

func TestHugeRequests(t *testing.T) {
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		status, _ := get(t, s.client, "http://localhost/metrics", "X-Big", strings.Repeat("x", 15<<10))
		if status != http.StatusOK {
			t.Errorf("15 KiB of headers: status %d", status)
		}
		answer := s.send(t, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Big: "+strings.Repeat("x", 24<<10)+"\r\n\r\n")
		contains(t, "the answer to 24 KiB of headers", answer, "431 Request Header Fields Too Large")
		answer = s.send(t, "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"+strings.Repeat("x", 1<<20))
		contains(t, "the answer to a gigabyte", answer, "405 Method Not Allowed")
		if took := time.Since(s.started); took > 11*time.Second {
			t.Errorf("a gigabyte is read for %v", took)
		}
		pipelined := strings.Repeat("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 100)
		if answer := s.send(t, pipelined); strings.Count(answer, "200 OK") != 100 {
			t.Errorf("of 100 requests in one go, %d are answered", strings.Count(answer, "200 OK"))
		}
		s.scrape(t)
	})
}
