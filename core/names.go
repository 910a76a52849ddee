package core

import (
	"context"
	"log/slog"
	"reflect"

	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/plaintext"
)

// maxName is how many bytes of a name are kept.
const maxName = 128

// WithItemName names items of type T: by a file, a key, a row. A name appears where
// an item is mentioned, in errors, logs, spans, messages, on the terminal and on the
// page, and never in a metric. Give the option once for each type of item; items of
// another type have no names, which is logged once. The default, also for nil, is no
// names.
//
// name is called only where a name is needed: for failures and slow chunks, never for
// each item. It is called concurrently, at times beside the work on that item, so it
// must read only what does not change. A panic in it costs the name, and is logged
// once. A name is cut after 128 bytes and cleaned to one line without control
// characters. NewExecutor panics if items of type T are named twice.
func WithItemName[T any](name func(T) string) Option {
	return optionFunc(func(c *config) {
		if name == nil {
			return
		}
		item := reflect.TypeFor[T]()
		_, twice := c.itemNames[item]
		c.mistakes.Require(!twice, "WithItemName", item, "items of this type are named already; give the option once for each type")
		if c.itemNames == nil {
			c.itemNames = map[reflect.Type]any{}
		}
		c.itemNames[item] = name
	})
}

// WithChunkName returns a context that names a chunk of Run.Chunk. Give it to Chunk:
//
//	err := run.Chunk(core.WithChunkName(ctx, path), 1, load)
//
// A context given to Executor.Start names nothing.
func WithChunkName(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, chunkNameKey{}, name)
}

// NameFrom returns what a chunk is about, in its hooks and in user code: the name of
// the failed item in hooks of item failures and, for a chunk with a failure, in those
// of chunk ends. Otherwise it is the name of the chunk's only item, the names of its
// first and last item with " … " between them, or the name of WithChunkName. It is
// empty if there is none, and outside of chunks.
//
// Each call computes the name anew with the function of WithItemName: call it only for
// what is worth a name, a slow chunk for instance. As with ChunkFrom, the context of a
// chunk is valid until the end hooks of the chunk have returned.
func NameFrom(ctx context.Context) string {
	w, ok := ctx.Value(chunkKey{}).(*worker)
	switch {
	case !ok:
		return ""
	case w.run.source == nil:
		return contextName(ctx)
	case !w.run.named:
		return ""
	}
	if name := w.failedName.Load(); name != nil {
		return *name
	}
	return w.chunkName()
}

// chunkNameKey is the key of a chunk's name. The context of a run has none, so that a run
// inside a named chunk does not take its name.
type chunkNameKey struct{}

// contextName returns the name of WithChunkName.
func contextName(ctx context.Context) string {
	name, _ := ctx.Value(chunkNameKey{}).(string)
	return plaintext.Clean(name, maxName)
}

// itemNameFor returns the function that names items of type T, nil if there is none.
func itemNameFor[T any](e *Executor) func(T) string {
	if len(e.config.itemNames) == 0 {
		return nil
	}
	item := reflect.TypeFor[T]()
	name, ok := e.config.itemNames[item].(func(T) string)
	if !ok {
		e.unnamed.Do(func() {
			e.logName("chunkscope: items of this type have no names; name them with core.WithItemName", slog.String("type", item.String()))
		})
	}
	return name
}

func (e *Executor) logName(message string, attr slog.Attr) {
	_ = guard.Call(func() error { // the handler is user code
		e.config.log().LogAttrs(context.Background(), slog.LevelWarn, message, slog.String("executor", e.config.name), attr)
		return nil
	})
}

// nameItems names the items of a slice, if they have names.
func nameItems[T any](r *run, s *sliceSource, items []T) {
	if name := itemNameFor[T](r.exec); name != nil {
		r.named = true
		s.nameOf = func(i int) string {
			if i < 0 || i >= len(items) {
				return "" // of a context that is no longer valid
			}
			return name(items[i])
		}
	}
}

// itemName implements chunkSource.
func (s *sliceSource) itemName(_ *worker, i int) string { return s.nameOf(i) }

// itemName implements chunkSource.
func (s *streamSource[T, R]) itemName(w *worker, i int) string {
	if item, ok := s.itemAt(w, i); ok {
		return s.nameOf(item)
	}
	return ""
}

// boundaryItems are the first and the last item of a chunk that has ended. Its batch
// may be in use again.
type boundaryItems[T any] struct {
	start, end  int
	first, last T
}

// itemAt returns an item of w's chunk, or its first or last one when it has ended.
func (s *streamSource[T, R]) itemAt(w *worker, i int) (item T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !w.inChunk {
		ended := &s.ended[w.id]
		switch i {
		case ended.start:
			return ended.first, true
		case ended.end - 1:
			return ended.last, true
		}
		return item, false
	}
	b := s.assigned[w.id]
	if k := i - b.offset; 0 <= k && k < len(b.in) {
		return b.in[k], true
	}
	return item, false
}

// keepBoundaries keeps the first and the last item of w's chunk for its end hooks. The
// source's lock is held.
func (s *streamSource[T, R]) keepBoundaries(w *worker, b *batch[T, R]) {
	if n := len(b.in); s.nameOf != nil && n > 0 {
		s.ended[w.id] = boundaryItems[T]{b.offset, b.offset + n, b.in[0], b.in[n-1]}
	}
}

// itemName returns the name of an item of w's chunk, empty if it has none.
func (w *worker) itemName(i int) string {
	name := ""
	if err := guard.Call(func() error { name = w.run.source.itemName(w, i); return nil }); err != nil {
		w.run.exec.nameBroke.Do(func() {
			w.run.exec.logName("chunkscope: the function of WithItemName broke; its items have no names", slog.String("error", err.Error()))
		})
		return ""
	}
	return plaintext.Clean(name, maxName)
}

// rangeName returns the names of the first and the last of some items.
func (w *worker) rangeName(items itemRange) string {
	if items.start >= items.end {
		return ""
	}
	first := w.itemName(items.start)
	if items.end-items.start == 1 {
		return first
	}
	switch last := w.itemName(items.end - 1); {
	case first == "":
		return last
	case last == "", last == first:
		return first
	default:
		return first + " … " + last
	}
}

// chunkName returns the name of w's chunk. It is safe on any goroutine, also when the
// chunk has ended, until the worker takes the next one.
func (w *worker) chunkName() string {
	_, offset, _ := w.place()
	return w.rangeName(itemRange{offset, offset + int(w.atKept.Load())})
}

// failureName returns the name of what failed, empty unless an error or a hook says it.
func (w *worker) failureName(index int) (name string) {
	r := w.run
	switch {
	case !r.named || !w.saysFailure():
	case r.source == nil:
		_ = guard.Call(func() error { name = contextName(w.chunkCtx); return nil }) // the context may be user code
	case r.chunkFunc:
		name = w.chunkName()
	default:
		name = w.itemName(index)
	}
	return name
}

// saysFailure reports whether the failure of the current unit appears anywhere: a run
// counts all and keeps the first.
func (w *worker) saysFailure() bool {
	r := w.run
	_, slice := r.source.(*sliceSource)
	if !slice || len(r.set.itemFailure) > 0 || len(r.set.chunkEnd) > 0 && w.err == nil {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.kept) < maxKeptErrors
}

// setFailedName sets what NameFrom returns in hooks about a failure; nil is for none.
func (w *worker) setFailedName(err error) {
	if failed, ok := err.(*ItemError); ok && failed.Name != "" { //nolint:errorlint // the run's own wrapper, which is outermost
		w.failedName.Store(&failed.Name)
	} else if w.failedName.Load() != nil {
		w.failedName.Store(nil)
	}
}
