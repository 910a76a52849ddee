package statsdhook_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/statsdhook"
)

// connSender is the inner sender of a client that a user made.
type connSender struct {
	send   func([]byte) (int, error)
	closed bool
}

func (c *connSender) Send(p []byte) (int, error) { return c.send(p) }
func (c *connSender) Close() error               { c.closed = true; return nil }

// cactusClient is a client as a user makes it, not buffered.
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

// TestGivenClient sends through a client of the user's, and leaves it open.
func TestUserClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newServer(t, statsdhook.DogStatsD), newExpectedCounts()
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
		runAllOutcomes(t, h, b)
		if err := h.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if sender.closed {
			t.Error("the user's client was closed")
		}
		if err := client.Inc("mine", 1, 1, statsd.Tag{"a", "b"}); err != nil {
			t.Errorf("the user's client is not usable any more: %v", err)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		delete(s.totals, "mine a=b")
		b.compare(t, s)
		if stats := h.Stats(); stats.Delivered != stats.Produced || stats.Delivered+1 != s.count() {
			t.Errorf("%d lines arrived, stats %+v", s.count(), stats)
		}
	})
}
