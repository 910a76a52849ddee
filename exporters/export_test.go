package exporters

import (
	"context"
	"net"

	"github.com/chunkscope/chunkscope/core"
)

// WithListen replaces how the server listens.
func WithListen(listen func(ctx context.Context, network, address string) (net.Listener, error)) Option {
	return optionFunc(func(c *config) { c.listen = listen })
}

// Together returns several options as one.
func Together(opts ...Option) Option {
	return optionFunc(func(c *config) {
		for _, o := range opts {
			o.apply(c)
		}
	})
}

// Limits of the server.
const (
	MaxConns   = maxConns
	MaxScrapes = maxScrapes
)

// Variables returns the names of all environment variables.
var Variables = variableNames

// Hooks returns the hooks of a suite in their order.
func Hooks(s *Suite) []core.Hook { return s.hooks }

// OTelVariables returns the names of the variables that the SDK reads.
func OTelVariables() (names []string) {
	for _, v := range otelVariables {
		names = append(names, v.name)
	}
	return names
}
