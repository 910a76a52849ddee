// Package runctx carries a hook's record of a run from its start to its end: in
// the context that the start returns.
package runctx

import "context"

// With returns a context with the owner's record of a run. The owner is the
// hook itself, a pointer: it is the key, which keeps the records of several
// hooks apart, also of two hooks of one type.
func With(ctx context.Context, owner, record any) context.Context {
	return context.WithValue(ctx, owner, record)
}

// From returns the owner's record of the run that ctx belongs to, the zero
// value if there is none. It allocates nothing.
func From[R any](ctx context.Context, owner any) R {
	record, _ := ctx.Value(owner).(R)
	return record
}
