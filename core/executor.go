package core

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Executor is a named job definition: it runs functions over items in chunks
// on parallel workers, and tells its hooks what happens. All methods are safe for
// concurrent use, and so are any number of runs at once.
type Executor struct {
	config config

	mu            sync.Mutex
	registrations []*registration
	set           *hookSet // of the registrations; never changed, only replaced
	running       int
	shutdown      bool
	changed       chan struct{} // closed when running falls, made when somebody waits
}

// registration is what one call of Register added.
type registration struct{ leaves []leaf }

// NewExecutor makes an executor. It panics if an option is out of range, with
// a message that names the option, the value and the fix. Nil options are ignored.
func NewExecutor(opts ...Option) *Executor {
	e := &Executor{
		config: config{
			name:      programName(),
			target:    defaultTarget,
			interval:  defaultInterval,
			heartbeat: defaultHeartbeat,
		},
		set: &hookSet{},
	}
	for _, o := range opts {
		if o != nil {
			o.apply(&e.config)
		}
	}
	return e
}

func programName() string {
	if len(os.Args) == 0 || os.Args[0] == "" {
		return "chunkscope"
	}
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
}

// Name returns the executor's name.
func (e *Executor) Name() string { return e.config.name }

// Register adds hooks, in this order after those registered before, to the runs
// that start from now on; unregister takes them away again, for the runs that
// start after it. Runs under way keep the hooks they began with. A hook that is
// registered twice is called once. Nil hooks are left out.
//
// Register panics if a hook is a typed nil, or observes nothing: that is a
// mistake in the program, and it would be silent otherwise.
func (e *Executor) Register(hooks ...Hook) (unregister func()) {
	added := &registration{leaves(MultiHook(hooks...), 0, nil)}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.registrations = append(e.registrations, added)
	e.sortHooks()
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.registrations = slices.DeleteFunc(e.registrations, func(r *registration) bool { return r == added })
		e.sortHooks()
	}
}

func (e *Executor) sortHooks() {
	var all []leaf
	for _, r := range e.registrations {
		all = append(all, r.leaves...)
	}
	e.set = newHookSet(all)
}

func (e *Executor) hooks() *hookSet {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.set
}

// workersFor returns the number of workers for n items, any number if n is -1.
func (e *Executor) workersFor(n int) int {
	workers := e.config.workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if n >= 0 {
		workers = min(workers, n)
	}
	return workers
}

// enter counts a run in.
func (e *Executor) enter() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.shutdown {
		return fmt.Errorf("%s: %w", e.config.name, ErrShutdown)
	}
	e.running++
	return nil
}

// leave counts a run out.
func (e *Executor) leave() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running--
	if e.changed != nil {
		close(e.changed)
		e.changed = nil
	}
}

// Shutdown refuses new runs, which then return ErrShutdown, waits for those
// that run, and flushes the hooks that can be flushed. It does not shut hooks
// down: whoever made a hook does that.
//
// It returns when ctx is done, with an error that says what it no longer waited
// for; it never cancels a run. It may be called more than once and
// concurrently. Called from inside a run, with a context of that run, it does
// not wait for that run; two runs that both call it wait for each other until
// their contexts end.
func (e *Executor) Shutdown(ctx context.Context) error {
	if ctx == nil {
		panic("core: Shutdown: the context is nil; pass context.Background() to wait for as long as it takes")
	}
	if err := e.drain(ctx); err != nil {
		return err
	}
	return e.flush(ctx)
}

// drain waits until no run is left but those ctx belongs to.
func (e *Executor) drain(ctx context.Context) error {
	for {
		own := 0
		for r := runOf(ctx); r != nil; r = r.parent {
			if r.exec == e && !r.ended.Load() {
				own++
			}
		}
		e.mu.Lock()
		e.shutdown = true
		if e.running <= own {
			e.mu.Unlock()
			return nil
		}
		if e.changed == nil {
			e.changed = make(chan struct{})
		}
		running, changed := e.running-own, e.changed
		e.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s: shutdown gave up on %d running: %w", e.config.name, running, canceled(ctx))
		}
	}
}

// flush flushes all hooks at once, so that a slow one does not take the time
// of the others.
func (e *Executor) flush(ctx context.Context) error {
	var flushing []*flush
	for _, l := range e.hooks().leaves {
		if h, ok := as[Flusher](l.hook); ok {
			f := &flush{ctx: ctx, name: l.name, hook: h, flushed: make(chan struct{})}
			flushing = append(flushing, f)
			go survive(f)
		}
	}
	var errs []error
	for _, f := range flushing {
		select {
		case <-f.flushed:
			if f.err != nil {
				errs = append(errs, fmt.Errorf("%s: flush of hook %q: %w", e.config.name, f.name, f.err))
			}
		case <-ctx.Done():
			errs = append(errs, fmt.Errorf("%s: shutdown gave up on the flush of hook %q: %w", e.config.name, f.name, canceled(ctx)))
		}
	}
	return errors.Join(errs...)
}

// flush is the flush of one hook.
type flush struct {
	ctx     context.Context
	name    string
	hook    Flusher
	called  bool
	err     error
	flushed chan struct{}
}

func (f *flush) round() {
	if !f.called {
		f.called = true
		f.err = f.hook.Flush(f.ctx)
	}
}

func (f *flush) broke(value any, stack []byte) {
	f.err = ErrGoexit
	if value != nil {
		f.err = &PanicError{value, stack}
	}
}

func (f *flush) over() { close(f.flushed) }
