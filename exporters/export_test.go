package exporters

import (
	"context"
	"net"
)

// WithListen replaces the network that the server listens at.
func WithListen(listen func(ctx context.Context, network, address string) (net.Listener, error)) Option {
	return optionFunc(func(c *config) { c.listen = listen })
}

// Limits of the server.
const (
	MaxConns   = maxConns
	MaxScrapes = maxScrapes
)
