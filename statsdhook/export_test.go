package statsdhook

import (
	"context"
	"net"

	"github.com/chunkscope/chunkscope/internal/label"
)

// WithDial replaces the dialer.
func WithDial(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return optionFunc(func(c *config) { c.dial = dial })
}

// WithLookup replaces the resolver.
func WithLookup(lookup func(ctx context.Context, host string) ([]string, error)) Option {
	return optionFunc(func(c *config) { c.lookupHost = lookup })
}

// QueueSize is the size of the queue.
const QueueSize = queueSize

// Clean returns s as it is sent in a tag.
func Clean(f TagFormat, s string) string { return clean(f, label.Clean(s)) }

// UnsettledCounters sets all counters to 0 and returns how many were not.
func UnsettledCounters(h *Hook) (n int) {
	for _, s := range *h.allSeries.Load() {
		s.drain(false, func(*counter, int64) { n++ })
	}
	return n
}
