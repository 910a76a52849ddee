package core_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// TestProperty runs random programs, each without a hook, with a hook that
// watches, and with hooks that fail in every way, and compares all three with
// a sequential model: what hooks do must not show. CHUNKSCOPE_PROPERTY_CASES
// sets how many programs, CHUNKSCOPE_PROPERTY_SEED the seed of the first.
func TestProperty(t *testing.T) {
	first := envSetting(t, "CHUNKSCOPE_PROPERTY_SEED", 1)
	cases := envSetting(t, "CHUNKSCOPE_PROPERTY_CASES", 200)
	for seed := first; seed < first+cases; seed++ {
		p := generateProgram(seed)
		if err := checkProgram(t, p); err != nil {
			p, err = shrinkProgram(t, p, err)
			t.Fatalf("CHUNKSCOPE_PROPERTY_SEED=%d: %v\nthe smallest program found that fails:\n%v", seed, err, p)
		}
	}
}

func envSetting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	v, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// propProgram is one random run.
type program struct {
	form            string
	actions         []itemAction // of each item
	workers         int
	size            int // of chunks, 0 for the default
	target          time.Duration
	continueOnError bool
	seed            uint64 // of the faults of hooks
}

// propAction is what happens in the user's function at an item.
type itemAction byte

const (
	actionOK     itemAction = '.'
	actionError  itemAction = 'E'
	actionPanic  itemAction = 'P'
	actionGoexit itemAction = 'G'
	actionSleep  itemAction = 's'
	actionWait   itemAction = 'w' // a sleep that ends early, with the context's error
	actionCancel itemAction = 'C' // the caller's context ends
)

// propFailure is the error of the item of that index.
type indexError int

func (f indexError) Error() string { return fmt.Sprintf("failure of %d", int(f)) }

var errItemStop = errors.New("an item ended the run")

var (
	programForms   = []string{"Map", "ForEach", "Stream", "MapChunks", "ForEachChunk", "StreamChunks", "Start"}
	programSizes   = []int{0, 0, 0, 1, 3, 16, 1000}
	programTargets = []time.Duration{time.Microsecond, time.Millisecond, 30 * time.Millisecond}
	programMixes   = []string{".", ".s", ".....sw", "...........sE", "...P", "....G", "...EPGsw", ".......swC", "........EPGswC", "E", "EPG"}
)

func generateProgram(seed uint64) program {
	rng := rand.New(rand.NewPCG(seed, 0))
	p := program{
		form:            programForms[rng.IntN(len(programForms))],
		actions:         make([]itemAction, rng.IntN(150)),
		workers:         1 + rng.IntN(8),
		size:            programSizes[rng.IntN(len(programSizes))],
		target:          programTargets[rng.IntN(len(programTargets))],
		continueOnError: rng.IntN(2) == 0,
		seed:            seed,
	}
	if rng.IntN(3) == 0 {
		p.workers = 1 // where the model knows best
	}
	mix := programMixes[rng.IntN(len(programMixes))]
	for i := range p.actions {
		p.actions[i] = itemAction(mix[rng.IntN(len(mix))])
	}
	return p
}

func (p program) String() string {
	return fmt.Sprintf("%s, %d workers, chunk size %d, target %v, continue %v, items %q",
		p.form, p.workers, p.size, p.target, p.continueOnError, p.actions)
}

// has reports whether some item does one of these.
func (p program) has(actions string) bool { return strings.ContainsAny(string(p.actions), actions) }

// whole reports whether a function of the program takes whole chunks.
func (p program) perChunk() bool {
	return strings.HasSuffix(p.form, "Chunks") || strings.HasSuffix(p.form, "Chunk") || p.form == "Start"
}

func (p program) streams() bool { return strings.HasPrefix(p.form, "Stream") }

// exact reports whether there is only one way for the program to end:
// nothing stops it, or one worker does one thing after the other.
func (p program) exact() bool {
	return p.workers == 1 || !p.has("C") && (p.continueOnError || !p.has("EPG"))
}

// propShrink halves the program as long as it still fails.
func shrinkProgram(t *testing.T, p program, err error) (program, error) {
	t.Helper()
	for half := range 2 {
		for range 5 { // what depends on the schedule may need a few attempts
			smaller := p
			smaller.actions = p.actions[:len(p.actions)/2]
			if half == 1 {
				smaller.actions = p.actions[len(p.actions)/2:]
			}
			if len(smaller.actions) == len(p.actions) {
				return p, err
			}
			if again := checkProgram(t, smaller); again != nil {
				return shrinkProgram(t, smaller, again)
			}
		}
	}
	return p, err
}

// propCheck runs the program in its three settings.
func checkProgram(t *testing.T, p program) (err error) {
	t.Helper()
	finished := false
	defer func() {
		if !finished {
			t.Logf("seed %d hung or crashed: %v", p.seed, p)
		}
	}()
	for _, setting := range []string{"without hooks", "watched", "with failing hooks"} {
		synctest.Test(t, func(t *testing.T) {
			r, checker := &programRun{p: p}, newEventChecker(p.form != "Start")
			switch setting {
			case "watched":
				r.execute(checker)
			case "with failing hooks":
				faults := &randomFaults{rng: rand.New(rand.NewPCG(p.seed, 1))}
				picky := core.Filter(&randomFaultHook{faults}, func(core.RunStart) bool { return faults.misbehave(t.Context()) != nil })
				r.execute(&randomFaultHook{faults}, checker, picky, core.Every(time.Second, &randomFaultHook{faults}))
			default:
				r.execute()
				checker = nil
			}
			err = r.check(checker)
		})
		if err != nil {
			err = fmt.Errorf("%s: %w", setting, err)
			break
		}
	}
	finished = true
	return err
}

// propUnit is what one call of the user's function gets: an item, or a chunk.
type itemRange struct{ lo, hi int }

// model is the program as a plain loop over units: the fate of each item, and
// for failed ones the item whose action failed the unit. Where the run is not exact, it tells what
// happens to each unit that nothing stops.
func (p program) model(parts []itemRange) (states []itemState, culprits []int) {
	states, culprits = make([]itemState, len(p.actions)), make([]int, len(p.actions))
	canceled := false
	for _, part := range parts {
		state, culprit := itemSucceeded, -1
		for i := part.lo; i < part.hi && state == itemSucceeded; i++ {
			switch p.actions[i] {
			case actionError, actionPanic, actionGoexit:
				state, culprit = itemFailed, i
			case actionCancel:
				canceled = p.exact()
			case actionWait:
				if canceled {
					state = itemUnfinished
				}
			}
		}
		for i := part.lo; i < part.hi; i++ {
			states[i], culprits[i] = state, culprit
		}
		if p.exact() && (canceled || state == itemFailed && !p.continueOnError) {
			break
		}
	}
	return states, culprits
}

// propRun is one run of a program, and what came out.
type programRun struct {
	p        program
	cancel   context.CancelCauseFunc
	canceled atomic.Bool

	mu       sync.Mutex
	calls    []itemRange
	returned []itemRange // calls that returned without an error

	states []itemState
	err    error // of the run, where the caller gets one
	parts  []itemRange
}

func (r *programRun) execute(hooks ...core.Hook) {
	p := r.p
	opts := []core.Option{
		core.WithName("property"), core.WithWorkers(p.workers), core.WithTargetChunkDuration(p.target),
		core.WithLogger(slog.New(slog.DiscardHandler)),
	}
	if p.size > 0 {
		opts = append(opts, core.WithChunkSize(p.size))
	}
	if p.continueOnError {
		opts = append(opts, core.WithContinueOnError())
	}
	e := core.NewExecutor(opts...)
	e.Register(hooks...)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	r.cancel = cancel
	r.states = make([]itemState, len(p.actions))

	in := indexes(len(p.actions))
	switch p.form {
	case "Map":
		out, err := core.Map(ctx, e, in, r.item)
		r.collect(out, err)
	case "ForEach":
		r.collect(nil, core.ForEach(ctx, e, in, func(ctx context.Context, i int) error {
			_, err := r.item(ctx, i)
			return err
		}))
	case "MapChunks":
		out, err := core.MapChunks(ctx, e, in, r.chunk)
		r.collect(out, err)
	case "ForEachChunk":
		r.collect(nil, core.ForEachChunk(ctx, e, in, func(ctx context.Context, in []int) error {
			_, err := r.chunk(ctx, in)
			return err
		}))
	case "Stream":
		r.drain(core.Stream(ctx, e, core.FromSeq(slices.Values(in)), r.item))
	case "StreamChunks":
		r.drain(core.StreamChunks(ctx, e, core.FromSeq(slices.Values(in)), r.chunk))
	case "Start":
		r.loop(ctx, e, in)
	}
}

// act is what the user's function does at item i.
func (r *programRun) act(ctx context.Context, i int) error {
	switch r.p.actions[i] {
	case actionError:
		return indexError(i)
	case actionPanic:
		panic(indexError(i))
	case actionGoexit:
		runtime.Goexit()
	case actionSleep:
		time.Sleep(time.Duration(1+i%7) * time.Millisecond)
	case actionWait:
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	case actionCancel:
		r.canceled.Store(true)
		r.cancel(errItemStop)
	}
	return nil
}

func (r *programRun) add(list *[]itemRange, part itemRange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, part)
}

// item is the user's function on items.
func (r *programRun) item(ctx context.Context, i int) (int, error) {
	r.add(&r.calls, itemRange{i, i + 1})
	if err := r.act(ctx, i); err != nil {
		return 0, err
	}
	r.add(&r.returned, itemRange{i, i + 1})
	return valueOf(i), nil
}

// chunk is the user's function on chunks.
func (r *programRun) chunk(ctx context.Context, in []int) ([]int, error) {
	part := itemRange{in[0], in[0] + len(in)}
	r.add(&r.calls, part)
	out := make([]int, len(in))
	for k, i := range in {
		if err := r.act(ctx, i); err != nil {
			return nil, err
		}
		out[k] = valueOf(i)
	}
	r.add(&r.returned, part)
	return out, nil
}

// set gives items a fate.
func (r *programRun) set(part itemRange, state itemState) {
	for i := part.lo; i < min(part.hi, len(r.states)); i++ {
		r.states[i] = state
	}
}

// collect reads the fates off what Map and its kin return.
func (r *programRun) collect(out []int, err error) {
	r.err = err
	var failed *core.RunError
	errors.As(err, &failed)
	for i := range r.states {
		switch {
		case failed != nil && failed.Failed(i):
			r.states[i] = itemFailed
		case failed != nil && failed.Unfinished(i):
		case out == nil || out[i] == valueOf(i): // else unfinished without the error saying so
			r.states[i] = itemSucceeded
		}
	}
}

// drain reads the fates off a stream: values and errors in place, then at most
// one error of the run, and whatever that one adds.
func (r *programRun) drain(results iter.Seq2[int, error]) {
	next := 0
	for v, err := range results {
		var failed *core.RunError
		switch {
		case r.err != nil:
			r.err = fmt.Errorf("the stream went on after its error: %d, %w", v, err)
			return
		case err == nil && v == valueOf(next):
			r.set(itemRange{next, next + 1}, itemSucceeded)
			next++
		case err == nil || v != 0:
			r.err = fmt.Errorf("result %d is %d, %w", next, v, err)
			return
		case errors.As(err, &failed):
			r.err = err
			for _, kept := range failed.Errors {
				if part := failedRange(kept); part.lo >= next {
					r.set(part, itemFailed)
				}
			}
		default:
			part := failedRange(err)
			r.set(part, itemFailed)
			next = part.hi
		}
	}
}

// propFailedUnit is what an *ItemError or *ChunkError is about.
func failedRange(err error) itemRange {
	if e, ok := errors.AsType[*core.ItemError](err); ok {
		return itemRange{e.Index, e.Index + 1}
	}
	if e, ok := errors.AsType[*core.ChunkError](err); ok {
		return itemRange{e.Offset, e.Offset + e.Items}
	}
	return itemRange{}
}

// loop is a caller's own loop over Run.Chunk, with workers.
func (r *programRun) loop(ctx context.Context, e *core.Executor, in []int) {
	ctx, run := e.Start(ctx, len(in))
	defer run.End(nil)
	parts := r.p.split(len(in))
	var next atomic.Int64
	var stop atomic.Bool
	var workers sync.WaitGroup
	for range r.p.workers {
		workers.Go(func() {
			for !stop.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(parts) {
					return
				}
				state := r.call(ctx, run, in[parts[i].lo:parts[i].hi])
				r.mu.Lock()
				r.set(parts[i], state)
				r.mu.Unlock()
				if state == itemFailed && !r.p.continueOnError {
					stop.Store(true)
				}
			}
		})
	}
	workers.Wait()
}

// call makes one chunk on a goroutine that may panic or exit; a hook may make
// it exit too. What became of the chunk is for the function to say.
func (r *programRun) call(ctx context.Context, run *core.Run, in []int) itemState {
	state := itemUnfinished
	onNewGoroutine(func() {
		defer func() { _ = recover() }()
		_ = run.Chunk(ctx, len(in), func(ctx context.Context) error {
			state = itemFailed // should it not return
			_, err := r.chunk(ctx, in)
			switch {
			case err == nil:
				state = itemSucceeded
			case errors.Is(err, context.Canceled):
				state = itemUnfinished
			}
			return err
		})
	})
	return state
}

// propAlone runs f on a goroutine of its own, which it may exit.
func onNewGoroutine(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// cut is the plan of sizes that are fixed.
func (p program) split(n int) []itemRange {
	size := p.size
	switch {
	case !p.perChunk():
		size = 1
	case size == 0 && p.form == "Start":
		size = 5
	case size == 0:
		workers := max(1, min(p.workers, n))
		size = max(1, min(1000, (n+16*workers-1)/(16*workers)))
	}
	var parts []itemRange
	for lo := 0; lo < n; lo += size {
		parts = append(parts, itemRange{lo, min(lo+size, n)})
	}
	return parts
}

// check compares what came out with the model.
func (r *programRun) check(checker *eventChecker) error {
	slices.SortFunc(r.calls, func(a, b itemRange) int { return cmp.Compare(a.lo, b.lo) })
	r.parts = r.p.split(len(r.states))
	if r.p.form == "StreamChunks" {
		r.parts = r.calls // as full as the source was fast
	}
	for i, part := range r.calls {
		if i > 0 && part.lo < r.calls[i-1].hi || !slices.Contains(r.parts, part) {
			return fmt.Errorf("the function was called with items %v, in calls %v", part, r.calls)
		}
	}
	if err := r.checkStates(); err != nil {
		return err
	}
	if checker == nil {
		return r.checkError(r.err)
	}
	if err := checker.result(); err != nil {
		return err
	}
	if !r.p.streams() && r.p.form != "Start" && checker.end.Err != r.err {
		return fmt.Errorf("hooks were told of the error %w, the caller of %w", checker.end.Err, r.err)
	}
	if err := r.checkError(checker.end.Err); err != nil {
		return fmt.Errorf("at the run's end: %w", err)
	}
	return r.checkEnd(checker.end)
}

func (r *programRun) checkStates() error {
	want, _ := r.p.model(r.parts)
	stopped := r.canceled.Load() || !r.p.continueOnError && slices.Contains(r.states, itemFailed)
	for i, state := range r.states {
		unfinished := state == itemUnfinished
		switch {
		case state == want[i] && (stopped || !unfinished):
		case !r.p.exact() && unfinished && stopped:
		default:
			return fmt.Errorf("item %d: fate %d, want %d; all are %d; the error is %w", i, state, want[i], r.states, r.err)
		}
	}
	for _, part := range r.returned {
		if !r.p.streams() && r.states[part.lo] != itemSucceeded {
			return fmt.Errorf("the function returned a result for item %d, which is reported as not done", part.lo)
		}
	}
	return nil
}

// counts returns how many items are done, failed ones included, and failed.
func (r *programRun) counts() (done, failed int) {
	for _, state := range r.states {
		if state != itemUnfinished {
			done++
		}
		if state == itemFailed {
			failed++
		}
	}
	return done, failed
}

// outcome is the one that follows from the fates, or got if it is as good.
func (r *programRun) outcome(culprits []int, got core.Outcome) core.Outcome {
	worst := core.OutcomeOK
	if r.p.streams() && r.canceled.Load() && got == core.OutcomeCanceled {
		worst = got // whether the source ended because of that is not to be known
	}
	for i, state := range r.states {
		switch {
		case state == itemUnfinished:
			worst = max(worst, core.OutcomeCanceled)
		case state == itemFailed && r.p.actions[culprits[i]] == actionError:
			worst = max(worst, core.OutcomeError)
		case state == itemFailed:
			worst = core.OutcomePanic
		}
	}
	return worst
}

func (r *programRun) checkError(err error) error {
	_, culprits := r.p.model(r.parts)
	done, failed := r.counts()
	inPlace := r.p.streams() && r.p.continueOnError && done == len(r.states) && err == nil
	if err == nil {
		if r.outcome(culprits, core.OutcomeOK) != core.OutcomeOK && !inPlace && r.p.form != "Start" {
			return fmt.Errorf("no error, but items %d", r.states)
		}
		return nil
	}
	var run *core.RunError
	if !errors.As(err, &run) {
		return fmt.Errorf("the error is a %T: %w", err, err)
	}
	outcome := r.outcome(culprits, run.Outcome)
	if run.Outcome != outcome || run.ItemsFailed != failed || run.ItemsDone < done || run.ItemsDone > done && !r.p.streams() {
		return fmt.Errorf("the error has outcome %v and counts %d done, %d failed; items are %v, %d, %d: %w",
			run.Outcome, run.ItemsDone, run.ItemsFailed, outcome, done, failed, err)
	}
	if done < len(r.states) && r.canceled.Load() && (!errors.Is(err, context.Canceled) || !errors.Is(err, errItemStop)) {
		return fmt.Errorf("a cancelled run whose error lacks the context's error or cause: %w", err)
	}
	if want := min(100, r.failedParts()); len(run.Errors) != want {
		return fmt.Errorf("%d kept errors, want %d: %w", len(run.Errors), want, err)
	}
	if r.p.form == "Start" && r.p.workers > 1 {
		return nil // offsets follow the order of the calls, which is not ours to know
	}
	seen := map[itemRange]bool{}
	for _, kept := range run.Errors {
		part := failedRange(kept)
		if seen[part] || !slices.Contains(r.parts, part) {
			return fmt.Errorf("the error about items %v is out of place or kept twice: %w", part, kept)
		}
		seen[part] = true
		if err := r.checkKept(kept, culprits[part.lo]); err != nil {
			return err
		}
	}
	return nil
}

func (r *programRun) failedParts() (n int) {
	for _, part := range r.parts {
		if r.states[part.lo] == itemFailed {
			n++
		}
	}
	return n
}

// checkKept wants err to be what the action of an item makes.
func (r *programRun) checkKept(err error, culprit int) error {
	if culprit < 0 {
		return fmt.Errorf("nothing in the program makes this error: %w", err)
	}
	var panicked *core.PanicError
	is := errors.Is(err, indexError(culprit))
	switch r.p.actions[culprit] {
	case actionError:
		is = is && !errors.As(err, &panicked)
	case actionPanic:
		is = is && errors.As(err, &panicked) && panicked.Value == indexError(culprit)
	case actionGoexit:
		is = errors.Is(err, core.ErrGoexit)
	}
	if !is {
		return fmt.Errorf("item %d did %q and the error is %w", culprit, r.p.actions[culprit], err)
	}
	return nil
}

func (r *programRun) checkEnd(end core.RunEnd) error {
	_, culprits := r.p.model(r.parts)
	outcome := r.outcome(culprits, end.Outcome)
	done, failed := r.counts()
	if end.Outcome != outcome || end.ItemsFailed != failed || end.ItemsDone < done || end.ItemsDone > done && !r.p.streams() {
		return fmt.Errorf("the run's end has outcome %v and counts %d done, %d failed; items are %v, %d, %d",
			end.Outcome, end.ItemsDone, end.ItemsFailed, outcome, done, failed)
	}
	return nil
}

// propWatch is a well-behaved hook that demands of every event that it fits
// what came before: each run, worker and chunk starts once and ends once, inside what it belongs to.
type eventChecker struct {
	workersToo bool // the run has worker events

	mu       sync.Mutex
	err      error
	start    core.RunStart
	end      core.RunEnd
	started  bool
	ended    bool
	workers  map[int]*workerState
	chunks   map[int]bool // whether it has ended
	sum      core.ChunkEnd
	count    int // of chunks
	failures int // items
	progress core.Progress
}

// propStint is a worker as far as events told of it.
type workerState struct {
	ended, busy   bool
	chunk         int // the one it is at, while busy
	chunks, items int
}

func newEventChecker(workersToo bool) *eventChecker {
	return &eventChecker{workersToo: workersToo, workers: map[int]*workerState{}, chunks: map[int]bool{}}
}

func (c *eventChecker) HookName() string { return "watch" }

// expect notes the first event that does not fit.
func (c *eventChecker) expect(ok bool, e any) {
	if !ok && c.err == nil {
		c.err = fmt.Errorf("%T does not fit what came before: %+v", e, e)
	}
}

// within wants an event to come between the run's start and end.
func (c *eventChecker) within(runID string, e any) {
	c.expect(c.started && !c.ended && runID == c.start.RunID, e)
}

func (c *eventChecker) worker(worker int) *workerState {
	s := c.workers[worker]
	if s == nil {
		s = &workerState{}
		c.workers[worker] = s
	}
	return s
}

func (c *eventChecker) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expect(!c.started, e)
	c.started, c.start = true, e
	return ctx
}

func (c *eventChecker) OnWorkerStart(_ context.Context, e core.WorkerStart) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	c.expect(c.workersToo && c.workers[e.Worker] == nil, e)
	c.worker(e.Worker)
}

func (c *eventChecker) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	_, again := c.chunks[e.Chunk]
	c.expect(!again && e.Items > 0 && (!c.workersToo || c.workers[e.Worker] != nil), e)
	s := c.worker(e.Worker)
	c.expect(!s.busy && !s.ended, e)
	s.busy, s.chunk = true, e.Chunk
	c.chunks[e.Chunk] = false
	return ctx
}

func (c *eventChecker) OnItemFailure(_ context.Context, e core.ItemFailure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	s := c.worker(e.Worker)
	c.expect(s.busy && s.chunk == e.Chunk && e.Err != nil && e.Outcome >= core.OutcomeError, e)
	c.failures += e.Items
}

func (c *eventChecker) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	ended, started := c.chunks[e.Chunk]
	s := c.worker(e.Worker)
	c.expect(started && !ended && s.busy && s.chunk == e.Chunk, e)
	c.expect((e.Outcome == core.OutcomeOK) == (e.Err == nil) && (e.ItemsDone == e.Items || e.Outcome != core.OutcomeOK), e)
	s.busy = false
	s.chunks++
	s.items += e.ItemsDone
	c.chunks[e.Chunk] = true
	c.count++
	c.sum.ItemsDone += e.ItemsDone
	c.sum.ItemsFailed += e.ItemsFailed
}

func (c *eventChecker) OnWorkerEnd(_ context.Context, e core.WorkerEnd) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	s := c.worker(e.Worker)
	c.expect(!s.ended && !s.busy && s.chunks == e.Chunks && s.items == e.Items, e)
	s.ended = true
}

func (c *eventChecker) OnProgress(_ context.Context, e core.Progress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	c.expect(e.ItemsDone >= c.progress.ItemsDone && e.ItemsFailed <= e.ItemsDone && e.Elapsed > c.progress.Elapsed, e)
	c.progress = e
}

// OnFault may come before the run's start and after its end, about hooks that
// broke when they were told of these, and of what took long to tell.
func (c *eventChecker) OnFault(_ context.Context, e core.Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	late := e.Moment == core.MomentFault || e.Kind == core.FaultStuck
	c.expect(c.started || e.Moment <= core.MomentRunStart || late, e)
	c.expect(!c.ended || e.Moment == core.MomentRunEnd || late, e)
}

func (c *eventChecker) OnRunEnd(_ context.Context, e core.RunEnd) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	c.expect(e.Chunks == c.count && e.ItemsDone == c.sum.ItemsDone && e.ItemsFailed == c.sum.ItemsFailed && e.ItemsFailed == c.failures, e)
	c.expect(e.ItemsDone == c.progress.ItemsDone && e.ItemsFailed == c.progress.ItemsFailed && e.Chunks == c.progress.Chunks && c.progress.ChunksActive == 0, e)
	for _, ended := range c.chunks {
		c.expect(ended, e)
	}
	for _, s := range c.workers {
		c.expect(!s.busy && s.ended == c.workersToo, e)
	}
	c.ended, c.end = true, e
}

// verdict is asked after the run.
func (c *eventChecker) result() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && !c.ended {
		return errors.New("the run's end was not told")
	}
	return c.err
}

// propFaulty is a hook that fails in all ways, at all moments.
type randomFaultHook struct{ *randomFaults }

// propFaults draws what a hook does next.
type randomFaults struct {
	mu  sync.Mutex
	rng *rand.Rand
}

// draw misbehaves, or returns a context that a start hook should not return.
func (f *randomFaults) misbehave(ctx context.Context) context.Context {
	f.mu.Lock()
	what := f.rng.IntN(1000)
	f.mu.Unlock()
	switch {
	case what < 150:
		panic(what)
	case what < 250:
		runtime.Goexit()
	case what < 400:
		return nil
	case what < 550:
		ended, cancel := context.WithCancel(ctx)
		cancel()
		return ended
	case what < 600:
		return context.Background()
	case what < 700:
		time.Sleep(time.Duration(what-599) * time.Millisecond)
	case what < 702:
		time.Sleep(15 * time.Second) // is reported as stuck
	}
	return ctx
}

func (*randomFaultHook) HookName() string { return "faulty" }

func (h *randomFaultHook) OnRunStart(ctx context.Context, _ core.RunStart) context.Context {
	return h.misbehave(ctx)
}
func (h *randomFaultHook) OnRunEnd(ctx context.Context, _ core.RunEnd)           { h.misbehave(ctx) }
func (h *randomFaultHook) OnWorkerStart(ctx context.Context, _ core.WorkerStart) { h.misbehave(ctx) }
func (h *randomFaultHook) OnWorkerEnd(ctx context.Context, _ core.WorkerEnd)     { h.misbehave(ctx) }
func (h *randomFaultHook) OnChunkStart(ctx context.Context, _ core.ChunkStart) context.Context {
	return h.misbehave(ctx)
}
func (h *randomFaultHook) OnChunkEnd(ctx context.Context, _ core.ChunkEnd)       { h.misbehave(ctx) }
func (h *randomFaultHook) OnItemFailure(ctx context.Context, _ core.ItemFailure) { h.misbehave(ctx) }
func (h *randomFaultHook) OnProgress(ctx context.Context, _ core.Progress)       { h.misbehave(ctx) }
func (h *randomFaultHook) OnFault(ctx context.Context, _ core.Fault)             { h.misbehave(ctx) }
