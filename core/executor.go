package core

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/internal/optcheck"
)

// Executor is a named job definition: it runs functions over items in chunks
// on parallel workers, and calls its hooks. All methods are safe for concurrent
// use, and any number of runs may be active at once.
type Executor struct {
	config config

	mu            sync.Mutex
	registrations []*registration
	set           *hookSet // of the registrations; never changed, only replaced
	running       int
	shutdown      bool
	runsChanged   chan struct{}        // closed when running falls; nil while no Shutdown waits
	stacksLogged  map[string]time.Time // by hook, the last fault that was logged with its stack

	unnamed, nameBroke sync.Once // what is logged once of names
}

// errZeroExecutor is the panic of an Executor that NewExecutor has not made.
var errZeroExecutor = errors.New("core: the Executor is a zero value; make one with NewExecutor")

// registration has the hooks of one call of Register.
type registration struct{ hooks []registeredHook }

// NewExecutor returns an executor. It ignores nil options. Options out of range
// make it panic with an error that names each of them, its value and the fix.
func NewExecutor(opts ...Option) *Executor {
	e := &Executor{
		config: config{
			name:      defaultName(),
			target:    defaultTarget,
			interval:  defaultInterval,
			heartbeat: defaultHeartbeat,
			limit:     noLimit,
			mistakes:  optcheck.Mistakes{Package: "core"},
		},
		set: &hookSet{},
	}
	for _, o := range opts {
		if o != nil {
			o.apply(&e.config)
		}
	}
	e.config.checkCombinations()
	if err := e.config.mistakes.Err(); err != nil {
		panic(err)
	}
	e.config.settleLimit()
	return e
}

// nameVariable is the environment variable for the name of executors without one.
const nameVariable = "CHUNKSCOPE_EXECUTOR"

// defaultName returns the name that the environment gives, or else the program's.
func defaultName() string {
	if name := strings.TrimSpace(os.Getenv(nameVariable)); name != "" {
		return name
	}
	if len(os.Args) == 0 || os.Args[0] == "" {
		return "chunkscope"
	}
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
}

// Name returns the executor's name.
func (e *Executor) Name() string { return e.config.name }

// Register adds hooks to the runs that start from now on, in this order after
// those registered before. unregister removes them from runs that start later.
// A run keeps the hooks it began with. A hook that is registered twice is called
// once. Nil hooks are left out.
//
// Register panics if a hook is a typed nil or observes nothing: either is a
// mistake in the program that nothing else would show.
func (e *Executor) Register(hooks ...Hook) (unregister func()) {
	if e.config.target == 0 {
		panic(errZeroExecutor)
	}
	added := &registration{}
	for _, h := range Hooks(MultiHook(hooks...)) {
		added.hooks = append(added.hooks, newRegisteredHook(h))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.registrations = append(e.registrations, added)
	e.rebuildHooks()
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.registrations = slices.DeleteFunc(e.registrations, func(r *registration) bool { return r == added })
		e.rebuildHooks()
	}
}

func (e *Executor) rebuildHooks() {
	var all []registeredHook
	for _, r := range e.registrations {
		all = append(all, r.hooks...)
	}
	e.set = newHookSet(all)
}

func (e *Executor) hooks() *hookSet {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.set
}

// stackInterval is the least time between two records with a stack of one hook.
const stackInterval = time.Minute

// logsStack reports whether the record of a hook's fault has its stack.
func (e *Executor) logsStack(hook string, at time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if last, logged := e.stacksLogged[hook]; logged && at.Sub(last) < stackInterval {
		return false
	}
	if e.stacksLogged == nil {
		e.stacksLogged = map[string]time.Time{}
	}
	e.stacksLogged[hook] = at
	return true
}

// workersFor returns the number of workers for n items, -1 if not known.
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

// acquireRun counts a run that begins, or returns ErrShutdown.
func (e *Executor) acquireRun() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.shutdown {
		return fmt.Errorf("%s: %w", e.config.name, ErrShutdown)
	}
	e.running++
	return nil
}

// releaseRun counts a run that has ended.
func (e *Executor) releaseRun() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running--
	if e.runsChanged != nil {
		close(e.runsChanged)
		e.runsChanged = nil
	}
}
