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

// TestHTTP connects the client and the server of net/http in a bubble. While
// the server's answers are lost, the client waits exactly for its timeout;
// afterwards they arrive.
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
		start := time.Now()
		if _, err := get(); err == nil {
			t.Error("the black hole answered")
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("the client waited %v", took)
		}
		l.OnDial(func(_, server *faultnet.Conn) { server.Set(faultnet.Faults{ResetAfter: 20}) })
		if body, err := get(); err == nil {
			t.Errorf("got %q although the connection was reset within the headers", body)
		}
		l.OnDial(func(_, server *faultnet.Conn) { server.Set(faultnet.Faults{Slice: 3, Latency: time.Millisecond}) })
		if body, err := get(); body != "pong" || err != nil {
			t.Errorf("got %q, %v", body, err)
		}
		l.Refuse(true)
		transport.CloseIdleConnections()
		if _, err := get(); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("while dials are refused, the client returned %v", err)
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

// transfer writes text into one end of a pipe with faults. It returns what the
// other end read, how long that took, and the errors of both ends.
func transfer(t *testing.T, text string, f faultnet.Faults) (got string, took time.Duration, sent int, writeErr, readErr error) {
	t.Helper()
	a, b := faultnet.Pipe(7)
	a.Set(f)
	start := time.Now()
	done := make(chan struct{})
	var received bytes.Buffer
	go func() {
		defer close(done)
		_, readErr = io.Copy(&received, b)
		took = time.Since(start)
	}()
	sent, writeErr = io.WriteString(a, text)
	_ = a.Close()
	<-done
	return received.String(), took, sent, writeErr, readErr
}

func TestFaults(t *testing.T) {
	text := strings.Repeat("0123456789", 10)
	for _, c := range []struct {
		name              string
		faults            faultnet.Faults
		got               string
		least, most       time.Duration
		writeErr, readErr error
	}{
		{name: "none", got: text},
		{name: "latency", faults: faultnet.Faults{Latency: time.Second}, got: text, least: time.Second, most: time.Second},
		{name: "jitter", faults: faultnet.Faults{Latency: time.Second, Jitter: time.Second}, got: text, least: time.Second + 1, most: 2 * time.Second},
		{name: "bandwidth", faults: faultnet.Faults{Bandwidth: 10}, got: text, least: 10 * time.Second, most: 10 * time.Second},
		{name: "slicer", faults: faultnet.Faults{Slice: 10, Latency: time.Second}, got: text, least: 10 * time.Second, most: 100 * time.Second},
		{name: "one byte a second", faults: faultnet.Faults{Slice: 1, Bandwidth: 1}, got: text, least: 100 * time.Second, most: 100 * time.Second},
		{name: "limit_data", faults: faultnet.Faults{Limit: 15}, got: text[:15], writeErr: io.ErrClosedPipe},
		{name: "reset_peer", faults: faultnet.Faults{ResetAfter: 15}, got: text[:15], writeErr: syscall.ECONNRESET, readErr: syscall.ECONNRESET},
		{name: "timeout", faults: faultnet.Faults{BlackHole: true}},
		{name: "slow_close", faults: faultnet.Faults{SlowClose: 5 * time.Second}, got: text, least: 5 * time.Second, most: 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, took, sent, writeErr, readErr := transfer(t, text, c.faults)
				if got != c.got || took < c.least || took > c.most {
					t.Errorf("got %q in %v", got, took)
				}
				if !errors.Is(writeErr, c.writeErr) || !errors.Is(readErr, c.readErr) {
					t.Errorf("errors %v and %v, want %v and %v", writeErr, readErr, c.writeErr, c.readErr)
				}
				if c.writeErr == nil && sent != len(text) {
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
		start := time.Now()
		if _, err := a.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write returned %v", err)
		}
		if took := time.Since(start); took != 100*time.Millisecond {
			t.Errorf("Write returned after %v", took)
		}
		for _, c := range []struct {
			end  func()
			want error
		}{
			{func() { _ = a.SetWriteDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
			{func() { _ = a.Close() }, net.ErrClosed},
		} {
			_ = a.SetDeadline(time.Time{})
			result := make(chan error)
			go func() {
				_, err := a.Write([]byte("x"))
				result <- err
			}()
			synctest.Wait()
			c.end()
			if err := <-result; !errors.Is(err, c.want) {
				t.Errorf("a waiting Write returned %v, want %v", err, c.want)
			}
		}
		if err := a.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the second Close returned %v", err)
		}
	})
}

func TestEqualSeedsGiveEqualDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := faultnet.Faults{Slice: 10, Jitter: time.Second}
		_, first, _, _, _ := transfer(t, strings.Repeat("x", 100), f)
		_, second, _, _, _ := transfer(t, strings.Repeat("x", 100), f)
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
			t.Errorf("Dial without Accept returned %v", err)
		}
		_ = l.Close()
		_ = l.Close()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept returned %v", err)
		}
		if _, err := l.Dial(t.Context(), "tcp", "x:1"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("Dial returned %v", err)
		}
	})
}
