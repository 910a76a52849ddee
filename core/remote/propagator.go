package remote

import "context"

// Propagator carries values of a context, a trace for instance, to another process and
// back as pairs of strings: headers of a request. otelhook.Propagator is one. Both
// methods must be safe for concurrent use.
type Propagator interface {
	// Inject calls set for each pair that stands for a value of ctx.
	Inject(ctx context.Context, set func(k, v string))
	// Extract returns ctx with the values that the pairs stand for. get returns an
	// empty string for a missing key.
	Extract(ctx context.Context, get func(k string) string) context.Context
}
