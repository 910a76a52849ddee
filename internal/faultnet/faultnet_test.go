package faultnet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/internal/faultnet"
)

// TestHTTP has the real client and the real server meet in a bubble. The
// server's answers get lost until the client's patience ends, to the
// nanosecond, and then they do not.
func TestHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := faultnet.Listen(1)
		server := &http.Server{
			Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "pong") }),
			ReadHeaderTimeout: time.Minute,
		}
		served := make(chan error)
		go func() { served <- server.Serve(l) }()
		transport := &http.Transport{DialContext: l.Dial}
		client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
		get := func() (string, error) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://backend/", nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := client.Do(request)
			if err != nil {
				return "", err
			}
			defer func() { _ = response.Body.Close() }()
			body, err := io.ReadAll(response.Body)
			return string(body), err
		}

		l.OnDial(func(_, server *faultnet.Conn) { server.Set(faultnet.Faults{BlackHole: true}) })
		began := time.Now()
		if _, err := get(); err == nil {
			t.Error("the black hole answered")
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("the client waited %v", took)
		}
		l.OnDial(func(_, server *faultnet.Conn) { server.Set(faultnet.Faults{ResetAfter: 20}) })
		if body, err := get(); err == nil {
			t.Errorf("after a reset in its headers, the answer was %q", body)
		}
		l.OnDial(func(_, server *faultnet.Conn) { server.Set(faultnet.Faults{Slice: 3, Latency: time.Millisecond}) })
		if body, err := get(); body != "pong" || err != nil {
			t.Errorf("got %q, %v", body, err)
		}
		l.Refuse(true)
		transport.CloseIdleConnections()
		if _, err := get(); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("refused, the client said %v", err)
		}
		if l.Dials() != 4 {
			t.Errorf("%d dials", l.Dials())
		}
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

// send writes text into one end of a pipe with faults, and returns what the
// other end got until its end, and how long everything took.
func send(t *testing.T, text string, f faultnet.Faults) (got string, took time.Duration, sent int, writing, reading error) {
	t.Helper()
	a, b := faultnet.Pipe(7)
	a.Set(f)
	began := time.Now()
	arrived := make(chan struct{})
	var all bytes.Buffer
	go func() {
		defer close(arrived)
		_, reading = io.Copy(&all, b)
		took = time.Since(began)
	}()
	sent, writing = io.WriteString(a, text)
	_ = a.Close()
	<-arrived
	return all.String(), took, sent, writing, reading
}

func TestVerbs(t *testing.T) {
	text := strings.Repeat("0123456789", 10)
	for _, c := range []struct {
		name             string
		faults           faultnet.Faults
		got              string
		least, most      time.Duration
		writing, reading error
	}{
		{name: "none", got: text},
		{name: "latency", faults: faultnet.Faults{Latency: time.Second}, got: text, least: time.Second, most: time.Second},
		{name: "jitter", faults: faultnet.Faults{Latency: time.Second, Jitter: time.Second}, got: text, least: time.Second + 1, most: 2 * time.Second},
		{name: "bandwidth", faults: faultnet.Faults{Bandwidth: 10}, got: text, least: 10 * time.Second, most: 10 * time.Second},
		{name: "slicer", faults: faultnet.Faults{Slice: 10, Latency: time.Second}, got: text, least: 10 * time.Second, most: 100 * time.Second},
		{name: "one byte a second", faults: faultnet.Faults{Slice: 1, Bandwidth: 1}, got: text, least: 100 * time.Second, most: 100 * time.Second},
		{name: "limit_data", faults: faultnet.Faults{Limit: 15}, got: text[:15], writing: io.ErrClosedPipe},
		{name: "reset_peer", faults: faultnet.Faults{ResetAfter: 15}, got: text[:15], writing: syscall.ECONNRESET, reading: syscall.ECONNRESET},
		{name: "timeout", faults: faultnet.Faults{BlackHole: true}},
		{name: "slow_close", faults: faultnet.Faults{SlowClose: 5 * time.Second}, got: text, least: 5 * time.Second, most: 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, took, sent, writing, reading := send(t, text, c.faults)
				if got != c.got || took < c.least || took > c.most {
					t.Errorf("got %q in %v", got, took)
				}
				if !errors.Is(writing, c.writing) || !errors.Is(reading, c.reading) {
					t.Errorf("errors %v and %v, want %v and %v", writing, reading, c.writing, c.reading)
				}
				if c.writing == nil && sent != len(text) {
					t.Errorf("%d bytes written", sent)
				}
			})
		})
	}
}

func TestStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := faultnet.Pipe(1)
		defer func() { _ = b.Close() }()
		a.Set(faultnet.Faults{Stall: true})
		_ = a.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		began := time.Now()
		if _, err := a.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write said %v", err)
		}
		if took := time.Since(began); took != 100*time.Millisecond {
			t.Errorf("the deadline came after %v", took)
		}
		for _, c := range []struct {
			end  func()
			want error
		}{
			{func() { _ = a.SetWriteDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
			{func() { _ = a.Close() }, net.ErrClosed},
		} {
			_ = a.SetDeadline(time.Time{})
			said := make(chan error)
			go func() {
				_, err := a.Write([]byte("x"))
				said <- err
			}()
			synctest.Wait()
			c.end()
			if err := <-said; !errors.Is(err, c.want) {
				t.Errorf("a waiting Write said %v, want %v", err, c.want)
			}
		}
		if err := a.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the second Close said %v", err)
		}
	})
}

// TestSeed repeats what chance decides.
func TestSeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := faultnet.Faults{Slice: 10, Jitter: time.Second}
		_, first, _, _, _ := send(t, strings.Repeat("x", 100), f)
		_, second, _, _, _ := send(t, strings.Repeat("x", 100), f)
		if first != second || first == 0 {
			t.Errorf("the same seed took %v and %v", first, second)
		}
	})
}

func TestListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := faultnet.Listen(1)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.Dial(short, "tcp", "x:1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nobody accepted, and Dial said %v", err)
		}
		_ = l.Close()
		_ = l.Close()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept said %v", err)
		}
		if _, err := l.Dial(t.Context(), "tcp", "x:1"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("Dial said %v", err)
		}
	})
}
