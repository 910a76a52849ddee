package core

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/chunkscope/chunkscope/internal/optcheck"
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

// NewExecutor returns an executor. It ignores nil options. Options out of range
// make it panic with an error that names each of them, its value and the fix.
func NewExecutor(opts ...Option) *Executor {
	e := &Executor{
		config: config{
			name:      programName(),
			target:    defaultTarget,
			interval:  defaultInterval,
			heartbeat: defaultHeartbeat,
			mistakes:  optcheck.Mistakes{Package: "core"},
		},
		set: &hookSet{},
	}
	for _, o := range opts {
		if o != nil {
			o.apply(&e.config)
		}
	}
	if err := e.config.mistakes.Err(); err != nil {
		panic(err)
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
	added := &registration{}
	for _, h := range Hooks(MultiHook(hooks...)) {
		added.leaves = append(added.leaves, newLeaf(h))
	}
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
