package termhook_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// errRow is the error of a failed item.
var errRow = errors.New("bad row")

// writingModes are the modes that write anything.
var writingModes = []termhook.Mode{termhook.ModeTTY, termhook.ModePlain, termhook.ModeJSON}

// newHook returns a hook that the end of the test shuts down.
func newHook(t *testing.T, mode termhook.Mode, out io.Writer) *termhook.Hook {
	t.Helper()
	h, err := termhook.New(termhook.WithMode(mode), termhook.WithWriter(out))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Shutdown(context.Background()) })
	return h
}

// terminal adds a size to a writer.
type terminal struct{ io.Writer }

func (terminal) Size() (columns, rows int) { return 80, 24 }

// buffer keeps what is written. It is safe for concurrent use.
type buffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// observer is what the hook unwraps to.
type observer interface {
	core.HookRunStart
	core.HookRunEnd
	core.HookWorkerEnd
	core.HookChunkEnd
	core.HookItemFailure
	core.HookProgress
}

// testRun is a run whose events the test sends itself.
type testRun struct {
	observer
	ctx   context.Context
	start core.RunStart
}

// startRun starts a run now.
func startRun(h *termhook.Hook, name, id string, items int) *testRun {
	r := &testRun{observer: h.Unwrap().(observer)}
	r.start = core.RunStart{Executor: name, RunID: id, Items: items, Workers: 4, Started: time.Now()}
	r.ctx = r.OnRunStart(context.Background(), r.start)
	return r
}

func (r *testRun) progress(done int) {
	r.OnProgress(r.ctx, core.Progress{At: time.Now(), Elapsed: time.Since(r.start.Started) + 1, Items: r.start.Items, ItemsDone: done})
}

func (r *testRun) end() {
	now := time.Now()
	r.OnRunEnd(r.ctx, core.RunEnd{RunStart: r.start, Ended: now, Duration: now.Sub(r.start.Started), ItemsDone: r.start.Items, Outcome: core.OutcomeOK})
}

// runTenItems runs the executor "ten" with the hook.
func runTenItems(t *testing.T, h core.Hook) {
	t.Helper()
	exec := core.NewExecutor(core.WithName("ten"))
	exec.Register(h)
	if _, err := core.Map(t.Context(), exec, make([]int, 10), nothing); err != nil {
		t.Error(err)
	}
}

func nothing(context.Context, int) (int, error) { return 0, nil }

// waitForFrame waits until the hook has drawn what it knows.
func waitForFrame() {
	time.Sleep(200 * time.Millisecond) // of the bubble's time
	synctest.Wait()
}
