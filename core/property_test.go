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
	first := propSetting(t, "CHUNKSCOPE_PROPERTY_SEED", 1)
	cases := propSetting(t, "CHUNKSCOPE_PROPERTY_CASES", 200)
	for seed := first; seed < first+cases; seed++ {
		p := propGenerate(seed)
		if err := propCheck(t, p); err != nil {
			p, err = propShrink(t, p, err)
			t.Fatalf("CHUNKSCOPE_PROPERTY_SEED=%d: %v\nthe smallest program found that fails:\n%v", seed, err, p)
		}
	}
}

func propSetting(t *testing.T, name string, otherwise uint64) uint64 {
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
type propProgram struct {
	form      string
	actions   []propAction // of each item
	workers   int
	size      int // of chunks, 0 for the default
	target    time.Duration
	keepGoing bool
	seed      uint64 // of the faults of hooks
}

// propAction is what happens in the user's function at an item.
type propAction byte

const (
	propOK     propAction = '.'
	propError  propAction = 'E'
	propPanic  propAction = 'P'
	propGoexit propAction = 'G'
	propSleep  propAction = 's'
	propWait   propAction = 'w' // a sleep that ends early, with the context's error
	propCancel propAction = 'C' // the caller's context ends
)

// propFailure is the error of the item of that index.
type propFailure int

func (f propFailure) Error() string { return fmt.Sprintf("failure of %d", int(f)) }

var errPropStop = errors.New("an item ended the run")

var (
	propForms   = []string{"Map", "ForEach", "Stream", "MapChunks", "ForEachChunk", "StreamChunks", "Start"}
	propSizes   = []int{0, 0, 0, 1, 3, 16, 1000}
	propTargets = []time.Duration{time.Microsecond, time.Millisecond, 30 * time.Millisecond}
	propMixes   = []string{".", ".s", ".....sw", "...........sE", "...P", "....G", "...EPGsw", ".......swC", "........EPGswC", "E", "EPG"}
)

func propGenerate(seed uint64) propProgram {
	rng := rand.New(rand.NewPCG(seed, 0))
	p := propProgram{
		form:      propForms[rng.IntN(len(propForms))],
		actions:   make([]propAction, rng.IntN(150)),
		workers:   1 + rng.IntN(8),
		size:      propSizes[rng.IntN(len(propSizes))],
		target:    propTargets[rng.IntN(len(propTargets))],
		keepGoing: rng.IntN(2) == 0,
		seed:      seed,
	}
	if rng.IntN(3) == 0 {
		p.workers = 1 // where the model knows best
	}
	mix := propMixes[rng.IntN(len(propMixes))]
	for i := range p.actions {
		p.actions[i] = propAction(mix[rng.IntN(len(mix))])
	}
	return p
}

func (p propProgram) String() string {
	return fmt.Sprintf("%s, %d workers, chunk size %d, target %v, continue %v, items %q",
		p.form, p.workers, p.size, p.target, p.keepGoing, p.actions)
}

// has reports whether some item does one of these.
func (p propProgram) has(actions string) bool { return strings.ContainsAny(string(p.actions), actions) }

// whole reports whether a function of the program takes whole chunks.
func (p propProgram) whole() bool {
	return strings.HasSuffix(p.form, "Chunks") || strings.HasSuffix(p.form, "Chunk") || p.form == "Start"
}

func (p propProgram) streams() bool { return strings.HasPrefix(p.form, "Stream") }

// exact reports whether there is only one way for the program to end:
// nothing stops it, or one worker does one thing after the other.
func (p propProgram) exact() bool {
	return p.workers == 1 || !p.has("C") && (p.keepGoing || !p.has("EPG"))
}

// propShrink halves the program as long as it still fails.
func propShrink(t *testing.T, p propProgram, err error) (propProgram, error) {
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
			if again := propCheck(t, smaller); again != nil {
				return propShrink(t, smaller, again)
			}
		}
	}
	return p, err
}

// propCheck runs the program in its three settings.
func propCheck(t *testing.T, p propProgram) (err error) {
	t.Helper()
	finished := false
	defer func() {
		if !finished {
			t.Logf("seed %d hung or crashed: %v", p.seed, p)
		}
	}()
	for _, setting := range []string{"without hooks", "watched", "with failing hooks"} {
		synctest.Test(t, func(t *testing.T) {
			r, watch := &propRun{p: p}, newPropWatch(p.form != "Start")
			switch setting {
			case "watched":
				r.execute(watch)
			case "with failing hooks":
				faults := &propFaults{rng: rand.New(rand.NewPCG(p.seed, 1))}
				picky := core.Filter(&propFaulty{faults}, func(core.RunStart) bool { return faults.draw(t.Context()) != nil })
				r.execute(&propFaulty{faults}, watch, picky, core.Every(time.Second, &propFaulty{faults}))
			default:
				r.execute()
				watch = nil
			}
			err = r.check(watch)
		})
		if err != nil {
			err = fmt.Errorf("%s: %w", setting, err)
			break
		}
	}
	finished = true
	return err
}

// propFate is what became of an item.
type propFate byte

const (
	propUnfinished propFate = iota
	propDone
	propFailed
)

// propUnit is what one call of the user's function gets: an item, or a chunk.
type propUnit struct{ lo, hi int }

// model is the program as a plain loop over units: the fate of each item, and
// for failed ones the item whose action failed the unit. Where the run is not exact, it tells what
// happens to each unit that nothing stops.
func (p propProgram) model(units []propUnit) (fates []propFate, culprits []int) {
	fates, culprits = make([]propFate, len(p.actions)), make([]int, len(p.actions))
	canceled := false
	for _, u := range units {
		fate, culprit := propDone, -1
		for i := u.lo; i < u.hi && fate == propDone; i++ {
			switch p.actions[i] {
			case propError, propPanic, propGoexit:
				fate, culprit = propFailed, i
			case propCancel:
				canceled = p.exact()
			case propWait:
				if canceled {
					fate = propUnfinished
				}
			}
		}
		for i := u.lo; i < u.hi; i++ {
			fates[i], culprits[i] = fate, culprit
		}
		if p.exact() && (canceled || fate == propFailed && !p.keepGoing) {
			break
		}
	}
	return fates, culprits
}

// propRun is one run of a program, and what came out.
type propRun struct {
	p        propProgram
	cancel   context.CancelCauseFunc
	canceled atomic.Bool

	mu       sync.Mutex
	calls    []propUnit
	returned []propUnit // calls that returned without an error

	fates []propFate
	err   error // of the run, where the caller gets one
	units []propUnit
}

func (r *propRun) execute(hooks ...core.Hook) {
	p := r.p
	opts := []core.Option{
		core.WithName("property"), core.WithWorkers(p.workers), core.WithTargetChunkDuration(p.target),
		core.WithLogger(slog.New(slog.DiscardHandler)),
	}
	if p.size > 0 {
		opts = append(opts, core.WithChunkSize(p.size))
	}
	if p.keepGoing {
		opts = append(opts, core.WithContinueOnError())
	}
	e := core.NewExecutor(opts...)
	e.Register(hooks...)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	r.cancel = cancel
	r.fates = make([]propFate, len(p.actions))

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
func (r *propRun) act(ctx context.Context, i int) error {
	switch r.p.actions[i] {
	case propError:
		return propFailure(i)
	case propPanic:
		panic(propFailure(i))
	case propGoexit:
		runtime.Goexit()
	case propSleep:
		time.Sleep(time.Duration(1+i%7) * time.Millisecond)
	case propWait:
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	case propCancel:
		r.canceled.Store(true)
		r.cancel(errPropStop)
	}
	return nil
}

func (r *propRun) note(list *[]propUnit, u propUnit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, u)
}

// item is the user's function on items.
func (r *propRun) item(ctx context.Context, i int) (int, error) {
	r.note(&r.calls, propUnit{i, i + 1})
	if err := r.act(ctx, i); err != nil {
		return 0, err
	}
	r.note(&r.returned, propUnit{i, i + 1})
	return valueOf(i), nil
}

// chunk is the user's function on chunks.
func (r *propRun) chunk(ctx context.Context, in []int) ([]int, error) {
	u := propUnit{in[0], in[0] + len(in)}
	r.note(&r.calls, u)
	out := make([]int, len(in))
	for k, i := range in {
		if err := r.act(ctx, i); err != nil {
			return nil, err
		}
		out[k] = valueOf(i)
	}
	r.note(&r.returned, u)
	return out, nil
}

// set gives items a fate.
func (r *propRun) set(u propUnit, fate propFate) {
	for i := u.lo; i < min(u.hi, len(r.fates)); i++ {
		r.fates[i] = fate
	}
}

// collect reads the fates off what Map and its kin return.
func (r *propRun) collect(out []int, err error) {
	r.err = err
	var failed *core.RunError
	errors.As(err, &failed)
	for i := range r.fates {
		switch {
		case failed != nil && failed.Failed(i):
			r.fates[i] = propFailed
		case failed != nil && failed.Unfinished(i):
		case out == nil || out[i] == valueOf(i): // else unfinished without the error saying so
			r.fates[i] = propDone
		}
	}
}

// drain reads the fates off a stream: values and errors in place, then at most
// one error of the run, and whatever that one adds.
func (r *propRun) drain(results iter.Seq2[int, error]) {
	next := 0
	for v, err := range results {
		var failed *core.RunError
		switch {
		case r.err != nil:
			r.err = fmt.Errorf("the stream went on after its error: %d, %w", v, err)
			return
		case err == nil && v == valueOf(next):
			r.set(propUnit{next, next + 1}, propDone)
			next++
		case err == nil || v != 0:
			r.err = fmt.Errorf("result %d is %d, %w", next, v, err)
			return
		case errors.As(err, &failed):
			r.err = err
			for _, kept := range failed.Errors {
				if u := propFailedUnit(kept); u.lo >= next {
					r.set(u, propFailed)
				}
			}
		default:
			u := propFailedUnit(err)
			r.set(u, propFailed)
			next = u.hi
		}
	}
}

// propFailedUnit is what an *ItemError or *ChunkError is about.
func propFailedUnit(err error) propUnit {
	if e, ok := errors.AsType[*core.ItemError](err); ok {
		return propUnit{e.Index, e.Index + 1}
	}
	if e, ok := errors.AsType[*core.ChunkError](err); ok {
		return propUnit{e.Offset, e.Offset + e.Items}
	}
	return propUnit{}
}

// loop is a caller's own loop over Run.Chunk, with workers.
func (r *propRun) loop(ctx context.Context, e *core.Executor, in []int) {
	ctx, run := e.Start(ctx, len(in))
	defer run.End(nil)
	units := r.p.cut(len(in))
	var next atomic.Int64
	var stop atomic.Bool
	var workers sync.WaitGroup
	for range r.p.workers {
		workers.Go(func() {
			for !stop.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(units) {
					return
				}
				fate := r.call(ctx, run, in[units[i].lo:units[i].hi])
				r.mu.Lock()
				r.set(units[i], fate)
				r.mu.Unlock()
				if fate == propFailed && !r.p.keepGoing {
					stop.Store(true)
				}
			}
		})
	}
	workers.Wait()
}

// call makes one chunk on a goroutine that may panic or exit; a hook may make
// it exit too. What became of the chunk is for the function to say.
func (r *propRun) call(ctx context.Context, run *core.Run, in []int) propFate {
	fate := propUnfinished
	propAlone(func() {
		defer func() { _ = recover() }()
		_ = run.Chunk(ctx, len(in), func(ctx context.Context) error {
			fate = propFailed // should it not return
			_, err := r.chunk(ctx, in)
			switch {
			case err == nil:
				fate = propDone
			case errors.Is(err, context.Canceled):
				fate = propUnfinished
			}
			return err
		})
	})
	return fate
}

// propAlone runs f on a goroutine of its own, which it may exit.
func propAlone(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// cut is the plan of sizes that are fixed.
func (p propProgram) cut(n int) []propUnit {
	size := p.size
	switch {
	case !p.whole():
		size = 1
	case size == 0 && p.form == "Start":
		size = 5
	case size == 0:
		workers := max(1, min(p.workers, n))
		size = max(1, min(1000, (n+16*workers-1)/(16*workers)))
	}
	var units []propUnit
	for lo := 0; lo < n; lo += size {
		units = append(units, propUnit{lo, min(lo+size, n)})
	}
	return units
}

// check compares what came out with the model.
func (r *propRun) check(watch *propWatch) error {
	slices.SortFunc(r.calls, func(a, b propUnit) int { return cmp.Compare(a.lo, b.lo) })
	r.units = r.p.cut(len(r.fates))
	if r.p.form == "StreamChunks" {
		r.units = r.calls // as full as the source was fast
	}
	for i, u := range r.calls {
		if i > 0 && u.lo < r.calls[i-1].hi || !slices.Contains(r.units, u) {
			return fmt.Errorf("the function was called with items %v, in calls %v", u, r.calls)
		}
	}
	if err := r.checkFates(); err != nil {
		return err
	}
	if watch == nil {
		return r.checkError(r.err)
	}
	if err := watch.verdict(); err != nil {
		return err
	}
	if !r.p.streams() && r.p.form != "Start" && watch.end.Err != r.err {
		return fmt.Errorf("hooks were told of the error %w, the caller of %w", watch.end.Err, r.err)
	}
	if err := r.checkError(watch.end.Err); err != nil {
		return fmt.Errorf("at the run's end: %w", err)
	}
	return r.checkEnd(watch.end)
}

func (r *propRun) checkFates() error {
	want, _ := r.p.model(r.units)
	stopped := r.canceled.Load() || !r.p.keepGoing && slices.Contains(r.fates, propFailed)
	for i, fate := range r.fates {
		unfinished := fate == propUnfinished
		switch {
		case fate == want[i] && (stopped || !unfinished):
		case !r.p.exact() && unfinished && stopped:
		default:
			return fmt.Errorf("item %d: fate %d, want %d; all are %d; the error is %w", i, fate, want[i], r.fates, r.err)
		}
	}
	for _, u := range r.returned {
		if !r.p.streams() && r.fates[u.lo] != propDone {
			return fmt.Errorf("the function returned a result for item %d, which is reported as not done", u.lo)
		}
	}
	return nil
}

// counts returns how many items are done, failed ones included, and failed.
func (r *propRun) counts() (done, failed int) {
	for _, fate := range r.fates {
		if fate != propUnfinished {
			done++
		}
		if fate == propFailed {
			failed++
		}
	}
	return done, failed
}

// outcome is the one that follows from the fates, or got if it is as good.
func (r *propRun) outcome(culprits []int, got core.Outcome) core.Outcome {
	worst := core.OutcomeOK
	if r.p.streams() && r.canceled.Load() && got == core.OutcomeCanceled {
		worst = got // whether the source ended because of that is not to be known
	}
	for i, fate := range r.fates {
		switch {
		case fate == propUnfinished:
			worst = max(worst, core.OutcomeCanceled)
		case fate == propFailed && r.p.actions[culprits[i]] == propError:
			worst = max(worst, core.OutcomeError)
		case fate == propFailed:
			worst = core.OutcomePanic
		}
	}
	return worst
}

func (r *propRun) checkError(err error) error {
	_, culprits := r.p.model(r.units)
	done, failed := r.counts()
	inPlace := r.p.streams() && r.p.keepGoing && done == len(r.fates) && err == nil
	if err == nil {
		if r.outcome(culprits, core.OutcomeOK) != core.OutcomeOK && !inPlace && r.p.form != "Start" {
			return fmt.Errorf("no error, but items %d", r.fates)
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
	if done < len(r.fates) && r.canceled.Load() && (!errors.Is(err, context.Canceled) || !errors.Is(err, errPropStop)) {
		return fmt.Errorf("a cancelled run whose error lacks the context's error or cause: %w", err)
	}
	if want := min(100, r.failedUnits()); len(run.Errors) != want {
		return fmt.Errorf("%d kept errors, want %d: %w", len(run.Errors), want, err)
	}
	if r.p.form == "Start" && r.p.workers > 1 {
		return nil // offsets follow the order of the calls, which is not ours to know
	}
	seen := map[propUnit]bool{}
	for _, kept := range run.Errors {
		u := propFailedUnit(kept)
		if seen[u] || !slices.Contains(r.units, u) {
			return fmt.Errorf("the error about items %v is out of place or kept twice: %w", u, kept)
		}
		seen[u] = true
		if err := r.checkKept(kept, culprits[u.lo]); err != nil {
			return err
		}
	}
	return nil
}

func (r *propRun) failedUnits() (n int) {
	for _, u := range r.units {
		if r.fates[u.lo] == propFailed {
			n++
		}
	}
	return n
}

// checkKept wants err to be what the action of an item makes.
func (r *propRun) checkKept(err error, culprit int) error {
	if culprit < 0 {
		return fmt.Errorf("nothing in the program makes this error: %w", err)
	}
	var panicked *core.PanicError
	is := errors.Is(err, propFailure(culprit))
	switch r.p.actions[culprit] {
	case propError:
		is = is && !errors.As(err, &panicked)
	case propPanic:
		is = is && errors.As(err, &panicked) && panicked.Value == propFailure(culprit)
	case propGoexit:
		is = errors.Is(err, core.ErrGoexit)
	}
	if !is {
		return fmt.Errorf("item %d did %q and the error is %w", culprit, r.p.actions[culprit], err)
	}
	return nil
}

func (r *propRun) checkEnd(end core.RunEnd) error {
	_, culprits := r.p.model(r.units)
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
type propWatch struct {
	workersToo bool // the run has worker events

	mu       sync.Mutex
	broken   error
	start    core.RunStart
	end      core.RunEnd
	started  bool
	ended    bool
	workers  map[int]*propStint
	chunks   map[int]bool // whether it has ended
	sum      core.ChunkEnd
	count    int // of chunks
	failures int // items
	progress core.Progress
}

// propStint is a worker as far as events told of it.
type propStint struct {
	ended, busy   bool
	chunk         int // the one it is at, while busy
	chunks, items int
}

func newPropWatch(workersToo bool) *propWatch {
	return &propWatch{workersToo: workersToo, workers: map[int]*propStint{}, chunks: map[int]bool{}}
}

func (w *propWatch) HookName() string { return "watch" }

// expect notes the first event that does not fit.
func (w *propWatch) expect(ok bool, e any) {
	if !ok && w.broken == nil {
		w.broken = fmt.Errorf("%T does not fit what came before: %+v", e, e)
	}
}

// within wants an event to come between the run's start and end.
func (w *propWatch) within(runID string, e any) {
	w.expect(w.started && !w.ended && runID == w.start.RunID, e)
}

func (w *propWatch) stint(worker int) *propStint {
	s := w.workers[worker]
	if s == nil {
		s = &propStint{}
		w.workers[worker] = s
	}
	return s
}

func (w *propWatch) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expect(!w.started, e)
	w.started, w.start = true, e
	return ctx
}

func (w *propWatch) OnWorkerStart(_ context.Context, e core.WorkerStart) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.within(e.RunID, e)
	w.expect(w.workersToo && w.workers[e.Worker] == nil, e)
	w.stint(e.Worker)
}

func (w *propWatch) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.within(e.RunID, e)
	_, again := w.chunks[e.Chunk]
	w.expect(!again && e.Items > 0 && (!w.workersToo || w.workers[e.Worker] != nil), e)
	s := w.stint(e.Worker)
	w.expect(!s.busy && !s.ended, e)
	s.busy, s.chunk = true, e.Chunk
	w.chunks[e.Chunk] = false
	return ctx
}

func (w *propWatch) OnItemFailure(_ context.Context, e core.ItemFailure) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.within(e.RunID, e)
	s := w.stint(e.Worker)
	w.expect(s.busy && s.chunk == e.Chunk && e.Err != nil && e.Outcome >= core.OutcomeError, e)
	w.failures += e.Items
}

func (w *propWatch) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.within(e.RunID, e)
	ended, started := w.chunks[e.Chunk]
	s := w.stint(e.Worker)
	w.expect(started && !ended && s.busy && s.chunk == e.Chunk, e)
	w.expect((e.Outcome == core.OutcomeOK) == (e.Err == nil) && (e.ItemsDone+e.Returned == e.Items || e.Outcome != core.OutcomeOK), e)
	s.busy = false
	s.chunks++
	s.items += e.ItemsDone
	w.chunks[e.Chunk] = true
	w.count++
	w.sum.ItemsDone += e.ItemsDone
	w.sum.ItemsFailed += e.ItemsFailed
}

func (w *propWatch) OnWorkerEnd(_ context.Context, e core.WorkerEnd) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.within(e.RunID, e)
	s := w.stint(e.Worker)
	w.expect(!s.ended && !s.busy && s.chunks == e.Chunks && s.items == e.Items, e)
	s.ended = true
}

func (w *propWatch) OnProgress(_ context.Context, e core.Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.within(e.RunID, e)
	w.expect(e.ItemsDone >= w.progress.ItemsDone && e.ItemsFailed <= e.ItemsDone && e.Elapsed > w.progress.Elapsed, e)
	w.progress = e
}

// OnFault may come before the run's start and after its end, about hooks that
// broke when they were told of these, and of what took long to tell.
func (w *propWatch) OnFault(_ context.Context, e core.Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	late := e.Moment == core.MomentFault || e.Kind == core.FaultStuck
	w.expect(w.started || e.Moment <= core.MomentRunStart || late, e)
	w.expect(!w.ended || e.Moment == core.MomentRunEnd || late, e)
}

func (w *propWatch) OnRunEnd(_ context.Context, e core.RunEnd) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.within(e.RunID, e)
	w.expect(e.Chunks == w.count && e.ItemsDone == w.sum.ItemsDone && e.ItemsFailed == w.sum.ItemsFailed && e.ItemsFailed == w.failures, e)
	w.expect(e.ItemsDone == w.progress.ItemsDone && e.ItemsFailed == w.progress.ItemsFailed && e.Chunks == w.progress.Chunks && w.progress.ChunksActive == 0, e)
	for _, ended := range w.chunks {
		w.expect(ended, e)
	}
	for _, s := range w.workers {
		w.expect(!s.busy && s.ended == w.workersToo, e)
	}
	w.ended, w.end = true, e
}

// verdict is asked after the run.
func (w *propWatch) verdict() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == nil && !w.ended {
		return errors.New("the run's end was not told")
	}
	return w.broken
}

// propFaulty is a hook that fails in all ways, at all moments.
type propFaulty struct{ *propFaults }

// propFaults draws what a hook does next.
type propFaults struct {
	mu  sync.Mutex
	rng *rand.Rand
}

// draw misbehaves, or returns a context that a start hook should not return.
func (f *propFaults) draw(ctx context.Context) context.Context {
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

func (*propFaulty) HookName() string { return "faulty" }

func (h *propFaulty) OnRunStart(ctx context.Context, _ core.RunStart) context.Context {
	return h.draw(ctx)
}
func (h *propFaulty) OnRunEnd(ctx context.Context, _ core.RunEnd)           { h.draw(ctx) }
func (h *propFaulty) OnWorkerStart(ctx context.Context, _ core.WorkerStart) { h.draw(ctx) }
func (h *propFaulty) OnWorkerEnd(ctx context.Context, _ core.WorkerEnd)     { h.draw(ctx) }
func (h *propFaulty) OnChunkStart(ctx context.Context, _ core.ChunkStart) context.Context {
	return h.draw(ctx)
}
func (h *propFaulty) OnChunkEnd(ctx context.Context, _ core.ChunkEnd)       { h.draw(ctx) }
func (h *propFaulty) OnItemFailure(ctx context.Context, _ core.ItemFailure) { h.draw(ctx) }
func (h *propFaulty) OnProgress(ctx context.Context, _ core.Progress)       { h.draw(ctx) }
func (h *propFaulty) OnFault(ctx context.Context, _ core.Fault)             { h.draw(ctx) }
