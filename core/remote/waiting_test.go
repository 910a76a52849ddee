package remote_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/core/remote"
)

const (
	testSlots = 8
	testWork  = 20 * time.Millisecond
)

// queue is a transport with a number of slots. report says what it does of its chunks;
// nil reports nothing.
type queue struct {
	slots  chan struct{}
	report *reporting
}

// reporting says what a transport reports of a chunk besides that it waits.
type reporting struct{ started, took bool }

func newQueue(report *reporting) *queue { return &queue{make(chan struct{}, testSlots), report} }

// do works on a chunk once there is a slot.
func (q *queue) do(ctx context.Context, _ []int) error {
	if q.report != nil {
		remote.Waiting(ctx)
	}
	q.slots <- struct{}{}
	defer func() { <-q.slots }()
	if q.report != nil && q.report.started {
		remote.Started(ctx)
	}
	time.Sleep(testWork)
	if q.report != nil && q.report.took {
		remote.Report(ctx, remote.Result{Worker: "host", Took: testWork})
	}
	return nil
}

// A chunk's Duration is its work, however many chunks are in flight for each slot, and
// Waited is the rest of the call.
func TestDurationIsWork(t *testing.T) {
	for name, report := range map[string]*reporting{
		"started": {started: true}, "took": {took: true}, "both": {true, true},
	} {
		for _, factor := range []int{1, 2, 4} {
			t.Run(fmt.Sprintf("%s/%d", name, factor), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { testDurationIsWork(t, newQueue(report), factor) })
			})
		}
	}
}

func testDurationIsWork(t *testing.T, q *queue, factor int) {
	t.Helper()
	rec := hooktest.NewRecorder()
	calls := make([]time.Duration, testSlots*factor*5) // by the chunk's number
	e := core.NewExecutor(core.WithWorkers(testSlots*factor), core.WithChunkSize(1), core.WithProgressInterval(time.Millisecond))
	e.Register(rec)
	_ = core.ForEachChunk(t.Context(), e, make([]int, len(calls)), func(ctx context.Context, items []int) error {
		began := time.Now()
		err := q.do(ctx, items)
		chunk, _ := core.ChunkFrom(ctx)
		calls[chunk.Index] = time.Since(began)
		return err
	})
	var durations []time.Duration
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		durations = append(durations, c.Duration)
		if rest := calls[c.Chunk] - c.Duration - c.Waited; rest.Abs() > time.Millisecond || c.Waited < 0 {
			t.Errorf("chunk %d worked for %v and waited for %v, its call took %v", c.Chunk, c.Duration, c.Waited, calls[c.Chunk])
		}
	}
	slices.Sort(durations)
	if p50 := durations[len(durations)/2]; (p50 - testWork).Abs() > testWork/100+time.Millisecond {
		t.Errorf("half of the chunks took %v, want %v", p50, testWork)
	}
	var busy time.Duration
	for _, w := range hooktest.Of[core.WorkerEnd](rec) {
		busy += w.Busy
	}
	if want := testWork * time.Duration(len(calls)); (busy - want).Abs() > want/100 {
		t.Errorf("the workers were busy for %v, want %v", busy, want)
	}
	if q.report.started { // else nothing says when the work begins
		checkProgress(t, rec, factor)
	}
}

// checkProgress checks that active chunks are those in the slots, and the others wait.
func checkProgress(t *testing.T, rec *hooktest.Recorder, factor int) {
	t.Helper()
	most := core.Progress{}
	for _, p := range hooktest.Of[core.Progress](rec) {
		if p.Elapsed%testWork < time.Millisecond {
			continue // chunks end and begin at this instant
		}
		most.ChunksActive, most.ChunksWaiting = max(most.ChunksActive, p.ChunksActive), max(most.ChunksWaiting, p.ChunksWaiting)
		if age := p.At.Sub(p.OldestChunk.Started); p.ChunksActive > 0 && age > testWork {
			t.Errorf("the oldest chunk is %v old, its work takes %v", age, testWork)
		}
	}
	if most.ChunksActive != testSlots || most.ChunksWaiting != testSlots*(factor-1) {
		t.Errorf("at most %d chunks were active and %d waited, want %d and %d", most.ChunksActive, most.ChunksWaiting, testSlots, testSlots*(factor-1))
	}
}

// An alarm on a chunk that takes three times as long as the longest before stays silent
// in healthy runs with four chunks in flight for each slot, and so does core's own measure,
// which names a slow chunk. Without reports it does not.
func TestHealthyRunsRaiseNoStuckAlarm(t *testing.T) {
	runs := 1000
	if testing.Short() {
		runs = 50
	}
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(&reporting{started: true})
		for i := range runs {
			if alarms := stuckAlarms(t, q); alarms > 0 {
				t.Fatalf("%d alarms in healthy run %d", alarms, i)
			}
		}
		if stuckAlarms(t, newQueue(nil)) == 0 {
			t.Error("no alarm where the queue counts as work: the test cannot see any")
		}
	})
}

func stuckAlarms(t *testing.T, q *queue) (alarms int) {
	t.Helper()
	e := core.NewExecutor(core.WithWorkers(4*testSlots), core.WithChunkSize(1), core.WithProgressInterval(time.Millisecond),
		core.WithItemName(func(i int) string { return fmt.Sprint("item ", i) }))
	usual := testWork
	e.Register(core.OnProgress(func(p core.Progress) {
		if age := p.At.Sub(p.OldestChunk.Started); p.ChunksActive > 0 && age >= 3*usual || p.OldestChunk.Name != "" {
			alarms++
		}
	}))
	_ = core.ForEachChunk(t.Context(), e, make([]int, 4*testSlots), q.do)
	return alarms
}

// step is a step of a chunk's function, and the time after it.
type step struct {
	do    func(ctx context.Context)
	after time.Duration
}

func started(ctx context.Context) { remote.Started(ctx) }
func waiting(ctx context.Context) { remote.Waiting(ctx) }
func nothing(context.Context)     {}
func report(r remote.Result) func(context.Context) {
	return func(ctx context.Context) { remote.Report(ctx, r) }
}

func TestReports(t *testing.T) {
	const second = time.Second
	boom := errors.New("boom")
	for name, test := range map[string]struct {
		steps []step
		err   error
		want  core.ChunkEnd // Duration, Waited, Attempts, RemoteWorker, WorkersLost, Poison
	}{
		"nothing":        {steps: []step{{nothing, second}}, want: core.ChunkEnd{Duration: second, Attempts: 1}},
		"worker only":    {steps: []step{{report(remote.Result{Worker: "a"}), second}}, want: core.ChunkEnd{Duration: second, Attempts: 1, RemoteWorker: "a"}},
		"started":        {steps: []step{{nothing, 2 * second}, {started, second}}, want: core.ChunkEnd{Duration: second, Waited: 2 * second, Attempts: 1}},
		"failed":         {steps: []step{{nothing, 2 * second}, {started, second}}, err: boom, want: core.ChunkEnd{Duration: second, Waited: 2 * second, Attempts: 1}},
		"never started":  {steps: []step{{waiting, second}}, err: boom, want: core.ChunkEnd{Waited: second, Attempts: 1}},
		"took":           {steps: []step{{waiting, second}, {report(remote.Result{Took: second / 4}), 0}}, want: core.ChunkEnd{Duration: second / 4, Waited: second * 3 / 4, Attempts: 1}},
		"took too long":  {steps: []step{{started, second}, {report(remote.Result{Took: time.Hour}), 0}}, want: core.ChunkEnd{Duration: second, Attempts: 1}},
		"negative":       {steps: []step{{report(remote.Result{Took: -1, Attempts: -1, Lost: -1}), second}}, want: core.ChunkEnd{Duration: second, Attempts: 1}},
		"lost":           {steps: []step{{started, 5 * second}, {waiting, 3 * second}, {started, second}, {report(remote.Result{Worker: "b", Attempts: 2, Lost: 1}), 0}}, want: core.ChunkEnd{Duration: second, Waited: 8 * second, Attempts: 2, RemoteWorker: "b", WorkersLost: 1}},
		"lost in queue":  {steps: []step{{started, 5 * second}, {waiting, 3 * second}}, err: boom, want: core.ChunkEnd{Waited: 8 * second, Attempts: 1}},
		"several losses": {steps: []step{{report(remote.Result{Worker: "a", Lost: 1}), second}, {report(remote.Result{Lost: 2, Poison: true}), 0}, {report(remote.Result{Attempts: 4}), 0}}, err: boom, want: core.ChunkEnd{Duration: second, Attempts: 4, RemoteWorker: "a", WorkersLost: 3, Poison: true}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := hooktest.NewRecorder()
				e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithContinueOnError())
				// A failure hook that takes its time is neither work nor waiting.
				e.Register(rec, core.OnItemFailure(func(core.ItemFailure) { time.Sleep(time.Minute) }))
				_ = core.ForEachChunk(t.Context(), e, []int{0, 1}, func(ctx context.Context, items []int) error {
					if items[0] == 1 {
						return nil // a chunk after it knows nothing of it
					}
					for _, s := range test.steps {
						s.do(ctx)
						time.Sleep(s.after)
					}
					return test.err
				})
				want := []core.ChunkEnd{test.want, {Attempts: 1}}
				for i, got := range hooktest.Of[core.ChunkEnd](rec) {
					w := want[i]
					if got.Duration != w.Duration || got.Waited != w.Waited || got.Attempts != w.Attempts || got.RemoteWorker != w.RemoteWorker ||
						got.WorkersLost != w.WorkersLost || got.Poison != w.Poison {
						t.Errorf("chunk %d ended %+v\nwant %+v", i, got, w)
					}
					if remote := w.RemoteWorker != "" || w.Waited > 0; got.Remote() != remote {
						t.Errorf("chunk %d: Remote() = %v", i, got.Remote())
					}
				}
			})
		})
	}
}

// Calls after the chunk, outside of chunks and in functions on items change no time.
func TestCallsThatCountForNothing(t *testing.T) {
	everything := func(ctx context.Context) {
		remote.Waiting(ctx)
		remote.Started(ctx)
		remote.Waiting(ctx)
		remote.Report(ctx, remote.Result{Took: time.Nanosecond})
	}
	everything(t.Context())
	synctest.Test(t, func(t *testing.T) {
		rec := hooktest.NewRecorder()
		e := core.NewExecutor(core.WithWorkers(1))
		e.Register(rec)
		_ = core.ForEach(t.Context(), e, []int{0}, func(ctx context.Context, _ int) error {
			everything(ctx)
			time.Sleep(2 * time.Second)
			return nil
		})
		ctx, run := e.Start(t.Context(), 1)
		var late context.Context
		_ = run.Chunk(ctx, 1, func(ctx context.Context) error {
			late = ctx
			time.Sleep(2 * time.Second)
			return nil
		})
		everything(late)
		time.Sleep(5 * time.Second)
		run.End(nil)
		for _, c := range hooktest.Of[core.ChunkEnd](rec) {
			if c.Duration != 2*time.Second || c.Waited != 0 || c.Remote() {
				t.Errorf("a chunk ended %+v", c)
			}
		}
		for _, p := range hooktest.Of[core.Progress](rec) {
			if p.ChunksWaiting != 0 || p.ChunksActive == 0 && p.OldestChunk != (core.ActiveChunk{}) {
				t.Errorf("progress %+v", p)
			}
		}
	})
}
