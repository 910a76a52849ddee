package hooktest

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// runner runs user code on an executor and records the faults of its hooks.
type runner struct {
	exec *core.Executor
	info core.RunInfo // the id and attributes of its runs
	err  error        // the error that user code fails with

	mu     sync.Mutex
	faults []core.Fault
}

// newRunner returns a runner. Its name is also the id and the attributes of its runs,
// and the name of every item and chunk.
func newRunner(name string, err error, opts ...core.Option) *runner {
	opts = append([]core.Option{
		core.WithName(name), core.WithWorkers(4), core.WithChunkSize(3), core.WithProgressInterval(0),
		core.WithLogger(slog.New(slog.DiscardHandler)), // the test reports the faults
		core.WithItemName(func(int) string { return name }),
	}, opts...)
	return &runner{
		exec: core.NewExecutor(opts...),
		info: core.RunInfo{ID: name, Attrs: map[string]string{name: name}},
		err:  err,
	}
}

// panickingHook panics once, so that core calls OnFault of the other hooks.
type panickingHook struct {
	err  error
	once sync.Once
}

const panickingHookName = "hooktest.panickingHook"

func (*panickingHook) HookName() string { return panickingHookName }

func (h *panickingHook) OnChunkStart(ctx context.Context, _ core.ChunkStart) context.Context {
	h.once.Do(func() { panic(h.err) })
	return ctx
}

// register registers the hook. Register panics on hooks of a wrong shape.
func (fx *fixture) register(exec *core.Executor) {
	fx.t.Helper()
	if failure := guarded(func() { exec.Register(fx.hook) }); failure != nil {
		fx.t.Fatalf("core.Executor.Register %s. To fix: do what it says.", failure.text)
	}
}

// testInRuns runs all scenarios with the hook, on all runners at once, and
// reports the faults of the hook.
func (fx *fixture) testInRuns(situation, fix string, runners ...*runner) {
	fx.t.Helper()
	before := fx.hook.HookName()
	var running sync.WaitGroup
	for _, r := range runners {
		fx.register(r.exec)
		r.exec.Register(&panickingHook{err: r.err}, core.OnFault(r.recordFault))
		running.Go(r.runAll)
	}
	running.Wait()
	for _, r := range runners {
		fx.reportFaults(r, situation, fix)
		// Shutdown calls Flush, which may return an error: the backend is not there.
		err := r.exec.Shutdown(context.Background())
		if panicked := (*core.PanicError)(nil); errors.As(err, &panicked) {
			fx.report("Flush", situation, fix, newCallFailure(panicked.Value, panicked.Stack))
		}
	}
	if after := fx.hook.HookName(); after != before {
		fx.t.Errorf("HookName is %q, and was %q before: %s. To fix: return a constant.", after, before, situation)
	}
}

func (r *runner) recordFault(f core.Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, f)
}

func (fx *fixture) reportFaults(r *runner, situation, fix string) {
	fx.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.faults {
		if f.Hook != panickingHookName && f.Kind != core.FaultStuck { // the suite sets no limit to how long a hook takes
			fx.report(methodNames[f.Moment], situation, fix, newCallFailure(f.Value, f.Stack))
		}
	}
}

// methodNames are the names of the methods in messages, by moment.
var methodNames = map[core.Moment]string{
	core.MomentFilter:      "the predicate of core.Filter",
	core.MomentRunStart:    "OnRunStart",
	core.MomentWorkerStart: "OnWorkerStart",
	core.MomentChunkStart:  "OnChunkStart",
	core.MomentItemFailure: "OnItemFailure",
	core.MomentChunkEnd:    "OnChunkEnd",
	core.MomentProgress:    "OnProgress",
	core.MomentAnomaly:     "OnAnomaly",
	core.MomentFault:       "OnFault",
	core.MomentWorkerEnd:   "OnWorkerEnd",
	core.MomentRunEnd:      "OnRunEnd",
}
