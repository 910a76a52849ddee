package live

import "context"

// contextKey tells the records of several hooks apart.
type contextKey struct{ owner any }

// NewContext returns a context that carries the owner's record of a run. The
// owner is the hook itself, so that two hooks of one kind do not mix. Nil stands
// for an empty context.
func NewContext(ctx context.Context, owner any, r *Run) context.Context {
	if ctx == nil {
		ctx = context.Background()
	}
	return context.WithValue(ctx, contextKey{owner}, r)
}

// FromContext returns the owner's record of the run that ctx belongs to, nil if
// there is none.
func FromContext(ctx context.Context, owner any) *Run {
	if ctx == nil {
		return nil
	}
	r, _ := ctx.Value(contextKey{owner}).(*Run)
	return r
}
