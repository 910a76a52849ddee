package webhookhook_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// respondRaw serves connections without net/http: it reads a request, and calls write
// for the response. It returns the number of bytes that the client read.
func (e *endpoint) respondRaw(write func(n int, w io.Writer) error) (written *atomic.Int64) {
	written = &atomic.Int64{}
	go func() {
		for n := 0; ; n++ {
			conn, err := e.net.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				e.mu.Lock()
				e.received = append(e.received, attempt{at: time.Since(e.start), id: r.Header.Get("webhook-id")})
				e.mu.Unlock()
				_ = write(n, countingWriter{conn, written})
			}()
		}
	}()
	return written
}

type countingWriter struct {
	w io.Writer
	n *atomic.Int64
}

func (c countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// endless returns a function that writes header once, and then text until that fails
// or 5 MiB are written.
func endless(header, text string) func(w io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, header)
		for range 5 << 20 / len(text) {
			if err != nil {
				return err
			}
			_, err = io.WriteString(w, text)
		}
		return err
	}
}

func testFloods(t *testing.T) {
	for name, flood := range map[string]func(io.Writer) error{
		"1xx flood":   endless("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
		"5 MB header": endless("HTTP/1.1 200 OK\r\n", "X-Padding: "+strings.Repeat("x", 1000)+"\r\n"),
		"one header":  endless("HTTP/1.1 200 OK\r\nX-Padding: ", strings.Repeat("x", 1000)),
		"trailer flood": endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
			"X-Padding: "+strings.Repeat("x", 1000)+"\r\n"),
		"chunk flood": endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", strings.Repeat("x", 1000)),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newUnservedEndpoint(t)
				written := e.respondRaw(func(n int, w io.Writer) error {
					if n > 0 {
						_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
						return err
					}
					return flood(w)
				})
				h := e.hook()
				runOnce(t, "nightly", errBoom, h)
				time.Sleep(time.Minute)
				if n := written.Load(); n > 64<<10 {
					t.Errorf("the client took %d bytes", n)
				}
				checkTimes(t, "attempts", e.arrivals(), 0, 1)
				checkStats(t, h, 1, 1, 1, nil)
				checkShutdown(t, h, "")
			})
		})
	}
}

func testRedirects(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, location := range []string{
			"https://other.example/", "http://169.254.169.254/latest/meta-data/",
			"http://chat.example/elsewhere", secretPath,
		} {
			t.Run(fmt.Sprint(status, " ", location), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					e := newEndpoint(t)
					e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Location", location)
						w.WriteHeader(status)
					})
					client := e.client()
					client.CheckRedirect = func(*http.Request, []*http.Request) error { return nil } // is replaced
					h := e.hook(webhookhook.WithHTTPClient(client), webhookhook.WithHeader("X-Token", "canary-token"))
					runOnce(t, "nightly", errBoom, h)
					time.Sleep(time.Minute)
					checkTimes(t, "attempts", e.arrivals(), 0)
					if !slices.Equal(e.hosts, []string{"chat.example:80"}) {
						t.Errorf("connected to %v", e.hosts)
					}
					checkStats(t, h, 1, 0, 1, map[string]uint64{"status_3xx": 1})
					dropAll(h)
				})
			})
		}
	}
}

func testHugeBodies(t *testing.T) {
	bomb := "\x1f\x8b\x08" + strings.Repeat("\x00", 1000)
	for name, c := range map[string]struct{ header, text string }{
		"huge":      {"Content-Length: 5000000\r\n", strings.Repeat("x", 1000)},
		"endless":   {"", strings.Repeat("x", 1000)},
		"gzip bomb": {"Content-Encoding: gzip\r\n", bomb},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newUnservedEndpoint(t)
				written := e.respondRaw(func(_ int, w io.Writer) error {
					return endless("HTTP/1.1 200 OK\r\n"+c.header+"\r\n", c.text)(w)
				})
				h := e.hook()
				runOnce(t, "nightly", errBoom, h)
				synctest.Wait()
				if n := written.Load(); n > 64<<10 {
					t.Errorf("the client took %d bytes", n)
				}
				checkStats(t, h, 1, 1, 0, nil) // the status says that it arrived
				checkShutdown(t, h, "")
			})
		})
	}
	t.Run("compression is not asked for", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			h := e.hook()
			runOnce(t, "nightly", errBoom, h)
			checkShutdown(t, h, "")
			if got := e.attempts(); len(got) != 1 || got[0].header.Get("Accept-Encoding") != "" {
				t.Errorf("%v", got)
			}
		})
	})
}

// testBadTLS uses real sockets, without virtual time.
func testBadTLS(t *testing.T) {
	for _, c := range []struct {
		name   string
		server func(*httptest.Server)
		client func(*tls.Config)
		host   string
	}{
		{"expired", nil, func(c *tls.Config) {
			c.Time = func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }
		}, "127.0.0.1"},
		{"wrong name", nil, nil, "localhost"},
		{"unknown authority", nil, func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }, "127.0.0.1"},
		{
			"old version",
			func(s *httptest.Server) {
				s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} //nolint:gosec // G402: that it is refused is the test
			},
			func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 }, "127.0.0.1",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var requests atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
			server.Config.ErrorLog = discardLog()
			if c.server != nil {
				c.server(server)
			}
			server.StartTLS()
			defer server.Close()
			config := &tls.Config{RootCAs: x509.NewCertPool()}
			config.RootCAs.AddCert(server.Certificate())
			if c.client != nil {
				c.client(config)
			}
			log := &logRecorder{logged: make(chan struct{})}
			_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
			h, err := webhookhook.New("https://"+net.JoinHostPort(c.host, port)+secretPath, webhookhook.WithLogger(log.logger()),
				webhookhook.WithHTTPClient(&http.Client{Transport: &http.Transport{TLSClientConfig: config}}))
			if err != nil {
				t.Fatal(err)
			}
			runOnce(t, "nightly", errBoom, h)
			<-log.logged // the first attempt failed
			if err := h.Shutdown(closing.Done()); err == nil || requests.Load() != 0 {
				t.Errorf("%d requests arrived; Shutdown returned %v", requests.Load(), err)
			}
			log.check(t)
			if lines := log.all(); !strings.Contains(lines[0], "tls: ") {
				t.Errorf("logged %q", lines)
			}
		})
	}
	t.Run("good", func(t *testing.T) {
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
		defer server.Close()
		h, err := webhookhook.New(server.URL+secretPath, webhookhook.WithHTTPClient(server.Client()))
		if err != nil {
			t.Fatal(err)
		}
		runOnce(t, "nightly", errBoom, h)
		if err := h.Shutdown(context.Background()); err != nil {
			t.Error(errors.Unwrap(err))
		}
	})
}
