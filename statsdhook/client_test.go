package statsdhook_test

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/statsdhook"
)

// connSender is the inner sender of a user's client.
type connSender struct {
	send   func([]byte) (int, error)
	closed bool
}

func (c *connSender) Send(p []byte) (int, error) { return c.send(p) }
func (c *connSender) Close() error               { c.closed = true; return nil }

// cactusClient returns a client of the cactus library that is not buffered.
func cactusClient(t *testing.T, s *server) statsd.Statter {
	t.Helper()
	client, err := statsd.NewClientWithSender(&connSender{send: func(p []byte) (int, error) {
		s.packet(string(p))
		return len(p), nil
	}}, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestUserClient checks that the hook sends through a buffered client of the user
// and leaves it open.
func TestUserClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, expected := newServer(t, statsdhook.DogStatsD), newExpectedCounts()
		sender := &connSender{send: func(p []byte) (int, error) {
			s.packet(string(p))
			return len(p), nil
		}}
		buffered, err := statsd.NewBufferedSenderWithSender(sender, 300*time.Millisecond, 1432)
		if err != nil {
			t.Fatal(err)
		}
		client, err := statsd.NewClientWithSender(buffered, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		h := newClientHook(t, client)
		runAllOutcomes(t, h, expected)
		if err := h.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if sender.closed {
			t.Error("the user's client was closed")
		}
		if err := client.Inc("other", 1, 1, statsd.Tag{"a", "b"}); err != nil {
			t.Errorf("the user's client is no longer usable: %v", err)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		delete(s.totals, "other a=b")
		expected.compare(t, s)
		if stats := h.Stats(); stats.Delivered != stats.Produced || stats.Delivered+1 != s.count() {
			t.Errorf("%d lines arrived, stats %+v", s.count(), stats)
		}
	})
}

// TestBrokenClient has a client that breaks on its third line. It costs that
// line and no other.
func TestBrokenClient(t *testing.T) {
	for way, fail := range map[string]func(){"panic": func() { panic("boom") }, "Goexit": runtime.Goexit} {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				h := newClientHook(t, &funcClient{call: func(string) error {
					if calls++; calls == 3 {
						fail()
					}
					return nil
				}})
				checkRunUnchanged(t, h)
				text := shutdown(t, h, time.Second)
				stats := h.Stats()
				if stats.Produced < 150 || stats.Delivered != stats.Produced-1 || stats.Errors != 1 || stats.Dropped["send_error"] != 1 {
					t.Errorf("%d calls, stats %+v", calls, stats)
				}
				if uint64(calls) != stats.Produced {
					t.Errorf("%d calls for %d lines", calls, stats.Produced)
				}
				if !strings.HasSuffix(text, "lost: 1 send_error") {
					t.Errorf("Shutdown returned %q", text)
				}
			})
		})
	}
}

// TestAlwaysBrokenClient has a client that never returns normally.
func TestAlwaysBrokenClient(t *testing.T) {
	for way, fail := range map[string]func(){"panic": func() { panic("boom") }, "Goexit": runtime.Goexit} {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newClientHook(t, &funcClient{call: func(string) error { fail(); return nil }})
				checkRunUnchanged(t, h)
				shutdown(t, h, time.Second)
				stats := h.Stats()
				if stats.Produced < 150 || stats.Errors != stats.Produced || stats.Dropped["send_error"] != stats.Produced {
					t.Errorf("stats %+v", stats)
				}
			})
		})
	}
}

// brokenHandler is a log handler that does not return normally.
type brokenHandler struct {
	slog.Handler
	fail func()
}

func (h brokenHandler) Handle(context.Context, slog.Record) error { h.fail(); return nil }

// brokenError is an error without a text.
type brokenError struct{ fail func() }

func (e brokenError) Error() string { e.fail(); return "" }

// TestBrokenLogging checks that neither a log handler nor the text of an error
// changes what is sent and counted.
func TestBrokenLogging(t *testing.T) {
	for way, fail := range map[string]func(){"panic": func() { panic("boom") }, "Goexit": runtime.Goexit} {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				handler := statsdhook.WithLogger(slog.New(brokenHandler{slog.NewTextHandler(io.Discard, nil), fail}))
				text := statsdhook.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
				for name, h := range map[string]*statsdhook.Hook{
					"handler":      newHook(t, "127.0.0.1:8125", handler, statsdhook.WithDial(refuseDial)),
					"client's log": newClientHook(t, &funcClient{call: func(string) error { return io.ErrClosedPipe }}, handler),
					"error":        newClientHook(t, &funcClient{call: func(string) error { return brokenError{fail} }}, text),
				} {
					checkRunUnchanged(t, h)
					shutdown(t, h, time.Second)
					if stats := h.Stats(); stats.Produced < 150 || stats.Dropped["send_error"] != stats.Produced {
						t.Errorf("%s: stats %+v", name, stats)
					}
				}
			})
		})
	}
}
