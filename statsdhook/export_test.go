package statsdhook

import (
	"context"
	"net"

	"github.com/chunkscope/chunkscope/internal/label"
)

// WithDial replaces the network.
func WithDial(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return optionFunc(func(c *config) { c.dial = dial })
}

// WithLookup replaces the resolver.
func WithLookup(lookup func(ctx context.Context, host string) ([]string, error)) Option {
	return optionFunc(func(c *config) { c.lookupHost = lookup })
}

// QueueSize is how many timers wait.
const QueueSize = queueSize

// Clean is what becomes of a text in a tag.
func Clean(f TagFormat, s string) string { return clean(f, label.Clean(s)) }

// Forgotten empties all counters, and returns how many of them held something.
func UnsettledCounters(h *Hook) (n int) {
	for _, s := range *h.allSeries.Load() {
		s.drain(false, func(*counter, int64) { n++ })
	}
	return n
}
