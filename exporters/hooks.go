package exporters

import (
	"reflect"

	"github.com/chunkscope/chunkscope/core"
)

// capable returns what implements C among hooks: each itself, or what it
// unwraps to, as core looks for it, or what a core.MultiHook holds.
func capable[C any](hooks []core.Hook) (found []C) {
	for _, h := range hooks {
		for range maxWrappers {
			if isNil(h) {
				break
			}
			if c, ok := h.(C); ok {
				found = append(found, c)
				break
			}
			if list, ok := members(h); ok {
				found = append(found, capable[C](list)...)
				break
			}
			u, ok := h.(interface{ Unwrap() core.Hook })
			if !ok {
				break
			}
			h = u.Unwrap()
		}
	}
	return found
}

// maxWrappers is how often a hook is unwrapped: one that unwraps to itself has
// no end.
const maxWrappers = 100

// members returns the hooks of a core.MultiHook.
func members(h core.Hook) ([]core.Hook, bool) {
	m, ok := h.(interface{ Unwrap() []core.Hook })
	if !ok {
		return nil, false
	}
	return m.Unwrap(), true
}

// isNil tells whether h is a nil pointer in a hook's clothes, which
// core.Register refuses.
func isNil(h core.Hook) bool {
	v := reflect.ValueOf(h)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}
