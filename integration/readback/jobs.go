package readback

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// Executor is the name of the executor of all jobs.
const Executor = "import"

// read is a counter of the jobs' own.
var read = core.NewCounter("read", "bytes", "Bytes that the items have.")

const (
	items    = 100
	size     = 7
	waitFrom = 50 // from this item on, workers wait for each other
	stopAt   = 80 // the item that ends a run early
)

// job has what a run needs.
type job struct {
	*core.Executor
	workers    int
	seed       uint64
	beforeItem func(ctx context.Context, item int) // called before each item
}

// Kind is a kind of run: how its items end.
type Kind struct {
	Name    string
	Outcome core.Outcome // of every run
	options []core.Option
	run     func(ctx context.Context, j job) error
}

// What runs do after failures; by default the first one ends them.
var (
	goOn     = []core.Option{core.WithContinueOnError()}
	tolerate = []core.Option{core.WithMaxFailedRatio(0.1)}
)

// Kinds are all kinds.
var Kinds = []Kind{
	{"nothing fails", core.OutcomeOK, goOn, forEach(func(int, uint64) error { return nil })},
	{"the first error ends it", core.OutcomeError, nil, forEach(failOnce)},
	{"errors", core.OutcomeError, goOn, forEach(everyTenth(fail))},
	{"errors that are tolerated", core.OutcomePartial, tolerate, forEach(everyTenth(fail))},
	{"panics", core.OutcomePanic, goOn, forEach(everyTenth(func(int, uint64) error { panic("broken") }))},
	{"exits", core.OutcomePanic, goOn, forEach(everyTenth(func(int, uint64) error { runtime.Goexit(); return nil }))},
	{"errors, panics and exits", core.OutcomePanic, goOn, forEach(randomOutcomes)},
	{"whole chunks fail", core.OutcomeError, goOn, chunks},
	{"canceled", core.OutcomeCanceled, goOn, canceled},
	{"a source fails", core.OutcomeError, goOn, source},
	{"a loop of the caller", core.OutcomePanic, goOn, callerLoop},
}

// Run runs a job with a number of concurrent runs and 1 to 8 workers each. In
// the second half of the items each worker waits until all workers of all runs
// have arrived there, and whileHeld has returned. That half has eight chunks,
// one for each worker.
func (k Kind) Run(ctx context.Context, workers, runs int, hook core.Hook, whileHeld func()) {
	options := []core.Option{core.WithName(Executor), core.WithWorkers(workers), core.WithChunkSize(size), core.WithItemName(rowName)}
	e := core.NewExecutor(append(options, k.options...)...)
	e.Register(hook)

	arrived, release := make(chan struct{}), make(chan struct{})
	beforeItem := func(ctx context.Context, item int) {
		read.Add(ctx, int64(item+1))
		if item < waitFrom {
			return
		}
		select {
		case arrived <- struct{}{}:
			<-release
		case <-release:
		}
	}
	var done sync.WaitGroup
	for n := range runs {
		done.Go(func() {
			_ = k.run(core.WithRun(ctx, core.RunInfo{ID: fmt.Sprint("run-", n)}), job{e, workers, uint64(n), beforeItem})
		})
	}
	for range workers * runs {
		<-arrived
	}
	whileHeld()
	close(release)
	done.Wait()
}

// rowName is the name of an item.
func rowName(i int) string { return fmt.Sprintf("row-%03d", i) }

// forEach is a run over items, each of which ends as act decides.
func forEach(act func(i int, seed uint64) error) func(context.Context, job) error {
	return func(ctx context.Context, j job) error {
		return core.ForEach(ctx, j.Executor, numbers(), func(ctx context.Context, i int) error {
			j.beforeItem(ctx, i)
			return act(i, j.seed)
		})
	}
}

// failOnce fails once, in the half in which workers have waited.
func failOnce(i int, _ uint64) error {
	if i == stopAt {
		return throttled{}
	}
	return nil
}

// everyTenth lets every tenth item end as act decides.
func everyTenth(act func(int, uint64) error) func(int, uint64) error {
	return func(i int, seed uint64) error {
		if i%10 != 3 {
			return nil
		}
		return act(i, seed)
	}
}

// throttled is an error with a type of its own.
type throttled struct{}

func (throttled) Error() string     { return "not \xff valid" }
func (throttled) ErrorType() string { return "throttled" }

// fail returns errors of different types.
func fail(i int, _ uint64) error {
	all := []error{
		throttled{},
		errors.New("wrong"), fmt.Errorf("reading: %w", &fs.PathError{Op: "open", Path: "orders.csv", Err: fs.ErrNotExist}),
		context.DeadlineExceeded,
	}
	return all[i/10%len(all)]
}

// randomOutcomes lets items end at random; most succeed.
func randomOutcomes(i int, seed uint64) error {
	switch n := rand.New(rand.NewPCG(seed, uint64(i))).IntN(20); { //nolint:gosec // G404: what fails is to be the same every time
	case n == 0 || i == 1:
		panic("broken")
	case n == 1 || i == 2:
		runtime.Goexit()
	case n < 6 || i == 3:
		return fail(10*n, seed)
	}
	return nil
}

func chunks(ctx context.Context, j job) error {
	return core.ForEachChunk(ctx, j.Executor, numbers(), func(ctx context.Context, in []int) error {
		for done, i := range in {
			j.beforeItem(ctx, i)
			core.ReportProgress(ctx, done+1)
		}
		if in[0]%3 == 1 {
			return throttled{}
		}
		return nil
	})
}

func canceled(ctx context.Context, j job) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	return core.ForEach(ctx, j.Executor, numbers(), func(ctx context.Context, i int) error {
		j.beforeItem(ctx, i)
		if i == stopAt {
			cancel(errors.New("no longer wanted"))
		}
		return nil
	})
}

func source(ctx context.Context, j job) (last error) {
	numbers := func(yield func(int, error) bool) {
		for i := range items {
			if !yield(i, nil) {
				return
			}
		}
		yield(0, throttled{})
	}
	for _, err := range core.Stream(ctx, j.Executor, numbers, func(ctx context.Context, i int) (int, error) { j.beforeItem(ctx, i); return i, nil }) {
		last = err
	}
	return last
}

func callerLoop(ctx context.Context, j job) error {
	ctx, r := j.Start(ctx, items)
	chunk := func(first int) {
		defer func() { _ = recover() }() // Chunk lets a panic or an exit continue to the caller
		n := min(size, items-first)
		_ = r.Chunk(ctx, n, func(ctx context.Context) error {
			j.beforeItem(ctx, first+n-1)
			return randomOutcomes(first/size, j.seed)
		})
	}
	firsts := make(chan int)
	var workers sync.WaitGroup
	for range j.workers {
		workers.Go(func() {
			for first := range firsts {
				var exits sync.WaitGroup
				exits.Go(func() { chunk(first) })
				exits.Wait()
			}
		})
	}
	for first := 0; first < items; first += size {
		firsts <- first
	}
	close(firsts)
	workers.Wait()
	r.End(nil)
	return nil
}

func numbers() []int {
	all := make([]int, items)
	for i := range all {
		all[i] = i
	}
	return all
}
