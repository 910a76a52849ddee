package hooktest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// stage is an executor for real runs, and what happens in them.
type stage struct {
	exec *core.Executor
	info core.RunInfo // id and attributes of its runs
	err  error        // that user code fails with

	mu     sync.Mutex
	faults []core.Fault
}

// newStage makes a stage whose name also shows up in ids and attributes.
func newStage(name string, err error, opts ...core.Option) *stage {
	opts = append([]core.Option{
		core.WithName(name), core.WithWorkers(4), core.WithChunkSize(3), core.WithProgressInterval(0),
		core.WithLogger(slog.New(slog.DiscardHandler)), // faults are reported by the test
	}, opts...)
	return &stage{
		exec: core.NewExecutor(opts...),
		info: core.RunInfo{ID: name, Attrs: map[string]string{name: name}},
		err:  err,
	}
}

// saboteur is a hook that breaks once, so that there is a fault to tell.
type saboteur struct {
	err  error
	once sync.Once
}

const saboteurName = "hooktest.saboteur"

func (*saboteur) HookName() string { return saboteurName }

func (s *saboteur) OnChunkStart(ctx context.Context, _ core.ChunkStart) context.Context {
	s.once.Do(func() { panic(s.err) })
	return ctx
}

// register adds the hook to an executor, which refuses some.
func (s *subject) register(exec *core.Executor) {
	s.t.Helper()
	if b := try(func() { exec.Register(s.hook) }); b != nil {
		s.t.Fatalf("core.Executor.Register %s. To fix: do what it says.", b.how)
	}
}

// play does all sorts of runs with the hook, on all stages at once, and
// reports the faults of the hook.
func (s *subject) play(met, fix string, stages ...*stage) {
	s.t.Helper()
	before := s.hook.HookName()
	var playing sync.WaitGroup
	for _, st := range stages {
		s.register(st.exec)
		st.exec.Register(&saboteur{err: st.err}, core.OnFault(st.note))
		playing.Go(st.perform)
	}
	playing.Wait()
	for _, st := range stages {
		s.reportFaults(st, met, fix)
		// Flush is called by Shutdown, and may fail: the backend is not there.
		err := st.exec.Shutdown(context.Background())
		if broke := (*core.PanicError)(nil); errors.As(err, &broke) {
			s.report("Flush", met, fix, &breakage{how: "panics: " + quote(fmt.Sprint(broke.Value)), stack: string(broke.Stack)})
		}
	}
	if after := s.hook.HookName(); after != before {
		s.t.Errorf("HookName is %q, and was %q before: %s. To fix: return a constant.", after, before, met)
	}
}

func (st *stage) note(f core.Fault) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.faults = append(st.faults, f)
}

func (s *subject) reportFaults(st *stage, met, fix string) {
	s.t.Helper()
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, f := range st.faults {
		if f.Hook == saboteurName || f.Kind == core.FaultStuck { // how long a hook takes is not judged here
			continue
		}
		b := &breakage{how: "calls runtime.Goexit", stack: userStack(string(f.Stack))}
		if f.Kind == core.FaultPanic {
			b.how = "panics: " + quote(fmt.Sprint(f.Value))
		}
		s.report(methods[f.Moment], met, fix, b)
	}
}

// methods are the names of the moments' methods.
var methods = map[core.Moment]string{
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
