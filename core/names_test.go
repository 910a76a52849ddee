package core_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// rowName names the ints of these tests.
func rowName(i int) string { return fmt.Sprintf("row-%d", i) }

// nameRecorder keeps what NameFrom returns in the hooks of chunks and failures.
type nameRecorder struct{ starts, failures, ends []string } // with one worker

func (*nameRecorder) HookName() string { return "names" }
func (h *nameRecorder) OnChunkStart(ctx context.Context, _ core.ChunkStart) context.Context {
	h.starts = append(h.starts, core.NameFrom(ctx))
	return ctx
}

func (h *nameRecorder) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	h.failures = append(h.failures, e.Name+" = "+core.NameFrom(ctx))
}

func (h *nameRecorder) OnChunkEnd(ctx context.Context, _ core.ChunkEnd) {
	h.ends = append(h.ends, core.NameFrom(ctx))
}

// TestNames checks the names in errors and hooks for each way to process ten items in
// chunks of four, of which the items 5 and 6 fail.
func TestNames(t *testing.T) {
	fails := func(i int) error {
		if i == 5 || i == 6 {
			return errBoom
		}
		return nil
	}
	each := func(_ context.Context, i int) (int, error) { return i, fails(i) }
	all := func(_ context.Context, in []int) ([]int, error) {
		var errs []error
		for _, i := range in {
			errs = append(errs, fails(i))
		}
		return in, errors.Join(errs...)
	}
	items := nameRecorder{
		starts:   []string{"row-0 … row-3", "row-4 … row-7", "row-8 … row-9"},
		failures: []string{"row-5 = row-5", "row-6 = row-6"},
		ends:     []string{"row-0 … row-3", "row-5", "row-8 … row-9"},
	}
	chunks := nameRecorder{starts: items.starts, failures: []string{"row-4 … row-7 = row-4 … row-7"}, ends: items.starts}
	const itemText, chunkText = "item 5 (row-5): boom", "chunk 1 (4 items from 4: row-4 … row-7): boom\nboom"
	first := func(seq func(func(int, error) bool)) (err error) {
		for _, e := range seq {
			if e != nil && err == nil {
				err = e
			}
		}
		return err
	}
	for name, tt := range map[string]struct {
		run  func(ctx context.Context, e *core.Executor) error
		want nameRecorder
		text string
	}{
		"Map": {func(ctx context.Context, e *core.Executor) error {
			_, err := core.Map(ctx, e, indexes(10), each)
			return err
		}, items, itemText},
		"ForEach": {func(ctx context.Context, e *core.Executor) error {
			return core.ForEach(ctx, e, indexes(10), func(_ context.Context, i int) error { return fails(i) })
		}, items, itemText},
		"MapChunks": {func(ctx context.Context, e *core.Executor) error {
			_, err := core.MapChunks(ctx, e, indexes(10), all)
			return err
		}, chunks, chunkText},
		"ForEachChunk": {func(ctx context.Context, e *core.Executor) error {
			return core.ForEachChunk(ctx, e, indexes(10), func(ctx context.Context, in []int) error {
				_, err := all(ctx, in)
				return err
			})
		}, chunks, chunkText},
	} {
		t.Run(name, func(t *testing.T) {
			h := &nameRecorder{}
			e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(4), core.WithContinueOnError(), core.WithItemName(rowName))
			e.Register(h)
			err := tt.run(t.Context(), e)
			if err == nil || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("the error is %v, want %q in it", err, tt.text)
			}
			if fmt.Sprint(*h) != fmt.Sprint(tt.want) {
				t.Errorf("the names are\n%v, want\n%v", *h, tt.want)
			}
		})
	}
	t.Run("Stream", func(t *testing.T) {
		h := &nameRecorder{}
		e := core.NewExecutor(core.WithWorkers(1), core.WithContinueOnError(), core.WithItemName(rowName))
		e.Register(h)
		err := first(core.Stream(t.Context(), e, countTo(10, nil), each))
		if err == nil || err.Error() != itemText || !slices.Equal(h.failures, items.failures) {
			t.Errorf("the error is %v, names of failures %q", err, h.failures)
		}
		for i, end := range h.ends {
			if end != h.starts[i] && end != "row-5" && end != "row-6" {
				t.Errorf("chunk %d is named %q at its end, %q at its start", i, end, h.starts[i])
			}
		}
	})
	t.Run("StreamChunks", func(t *testing.T) {
		h := &nameRecorder{}
		e := core.NewExecutor(core.WithWorkers(1), core.WithContinueOnError(), core.WithItemName(rowName))
		e.Register(h)
		err := first(core.StreamChunks(t.Context(), e, countTo(10, nil), all))
		chunk, ok := errors.AsType[*core.ChunkError](err)
		if !ok || chunk.Name == "" || !slices.Equal(h.starts, h.ends) {
			t.Errorf("the error is %v; starts %q, ends %q", err, h.starts, h.ends)
		}
	})
}

func TestChunkNames(t *testing.T) {
	h := &nameRecorder{}
	e := core.NewExecutor(core.WithName("load"))
	e.Register(h)
	outer := core.WithChunkName(t.Context(), "outer")
	ctx, run := e.Start(outer, -1)
	var inside []string
	_ = run.Chunk(core.WithChunkName(ctx, "a.csv"), 1, func(ctx context.Context) error {
		inside = append(inside, core.NameFrom(ctx))
		other := core.NewExecutor(core.WithWorkers(1))
		other.Register(core.OnItemFailure(func(f core.ItemFailure) { inside = append(inside, "item:"+f.Name) }))
		_ = core.ForEach(ctx, other, []int{1}, func(ctx context.Context, _ int) error {
			inside = append(inside, "map:"+core.NameFrom(ctx))
			return errBoom
		})
		otherCtx, otherRun := other.Start(ctx, 1)
		_ = otherRun.Chunk(otherCtx, 1, func(ctx context.Context) error {
			inside = append(inside, "start:"+core.NameFrom(ctx))
			return nil
		})
		otherRun.End(nil)
		return errBoom
	})
	_ = run.Chunk(ctx, 1, func(context.Context) error { return errBoom })
	run.End(nil)
	if got := fmt.Sprint(inside); got != "[a.csv map: item: start:]" {
		t.Errorf("inside of the chunk the names are %v", got)
	}
	want := nameRecorder{[]string{"a.csv", ""}, []string{"a.csv = a.csv", " = "}, []string{"a.csv", ""}}
	if fmt.Sprint(*h) != fmt.Sprint(want) {
		t.Errorf("the names are %q, want %q", *h, want)
	}
	if name := core.NameFrom(outer); name != "" {
		t.Errorf("outside of a chunk the name is %q", name)
	}
}

// TestNoCallsOfTheNameFunction checks that nothing is named in runs without failures
// and slow chunks, whatever observes them.
func TestNoCallsOfTheNameFunction(t *testing.T) {
	var calls atomic.Int64
	e := core.NewExecutor(core.WithWorkers(4), core.WithChunkSize(3), core.WithProgressInterval(0), core.WithItemName(func(i int) string {
		calls.Add(1)
		return rowName(i)
	}))
	e.Register(hooktest.NewRecorder())
	for _, form := range itemForms {
		if err := form.run(t.Context(), e, 1000, func(context.Context, int) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("%d calls of the name function", n)
	}
}

// TestUnsaidFailuresAreNotNamed checks that only failures that are kept are named if no
// hook gets the others.
func TestUnsaidFailuresAreNotNamed(t *testing.T) {
	var calls atomic.Int64
	e := core.NewExecutor(core.WithWorkers(2), core.WithContinueOnError(), core.WithItemName(func(int) string {
		calls.Add(1)
		return "x"
	}))
	err := core.ForEach(t.Context(), e, indexes(5000), func(context.Context, int) error { return errBoom })
	if n := calls.Load(); n < 100 || n > 102 {
		t.Errorf("%d calls of the name function for 100 kept errors", n)
	}
	for _, kept := range mustRunError(t, err).Errors {
		if failed, ok := errors.AsType[*core.ItemError](kept); !ok || failed.Name != "x" {
			t.Errorf("a kept error has no name: %v", kept)
		}
	}
}

func TestBrokenNameFunctions(t *testing.T) {
	for name, breakIt := range map[string]func(){"panic": func() { panic("broken") }, "Goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			log := &logRecorder{}
			e := core.NewExecutor(core.WithName("load"), core.WithWorkers(1), core.WithContinueOnError(), core.WithLogger(log.logger()),
				core.WithItemName(func(int) string { breakIt(); return "never" }))
			e.Register(&nameRecorder{}, core.OnFault(func(f core.Fault) { t.Errorf("fault: %+v", f) }))
			for range 2 {
				err := core.ForEach(t.Context(), e, indexes(10), func(_ context.Context, i int) error {
					if i == 7 {
						return errBoom
					}
					return nil
				})
				if failed := mustRunError(t, err); failed.ItemsFailed != 1 || failed.ItemsDone != 10 || failed.Errors[0].Error() != "item 7: boom" {
					t.Errorf("the error is %v", err)
				}
			}
			if len(log.lines) != 1 || log.lines[0]["executor"] != "load" || log.lines[0]["error"] == "" {
				t.Errorf("logged %v, want one line", log.lines)
			}
		})
	}
}

func TestItemsOfAnotherTypeHaveNoNames(t *testing.T) {
	log := &logRecorder{}
	e := core.NewExecutor(core.WithLogger(log.logger()), core.WithItemName(rowName), core.WithItemName(func(s fmt.Stringer) string { return s.String() }))
	for range 2 {
		err := core.ForEach(t.Context(), e, []string{"a"}, func(context.Context, string) error { return errBoom })
		if text := err.Error(); !strings.HasSuffix(text, ": item 0: boom") {
			t.Errorf("the error is %q", text)
		}
	}
	if len(log.lines) != 1 || log.lines[0]["type"] != "string" {
		t.Errorf("logged %v, want one line about string", log.lines)
	}
	err := core.ForEach(t.Context(), e, []fmt.Stringer{time.Second}, func(context.Context, fmt.Stringer) error { return errBoom })
	if text := err.Error(); !strings.HasSuffix(text, ": item 0 (1s): boom") {
		t.Errorf("the error is %q", text)
	}
}

func TestNamesAreGivenOnceForEachType(t *testing.T) {
	core.NewExecutor(core.WithItemName[int](nil), core.WithItemName(rowName), core.WithItemName[int](nil))
	text := fmt.Sprint(panicOf(func() { core.NewExecutor(core.WithItemName(rowName), core.WithItemName(rowName)) }))
	if !strings.HasPrefix(text, "core: WithItemName(int): ") {
		t.Errorf("two functions for one type: %s", text)
	}
}

// hostileNames are names and what core makes of them.
var hostileNames = map[string]string{
	"\x1b[2Jred\x07":   "[2Jred",
	"a\nb\r\nc":        "a b c",
	"a\u202ecba\u2066": "acba",
	"a\xff\xfe":        "a",
	strings.Repeat("0123456789abcdé", 1<<16):    strings.Repeat("0123456789abcdé", 8) + "…",
	strings.Repeat(" ", 1<<20):                  "",
	strings.Repeat("\x1b", 1<<20) + "\u2028 x ": "x",
}

func TestHostileNamesAreCleaned(t *testing.T) {
	for hostile, want := range hostileNames {
		e := core.NewExecutor(core.WithWorkers(1), core.WithItemName(func(int) string { return hostile }))
		failed := mustRunError(t, core.ForEach(t.Context(), e, []int{1}, func(context.Context, int) error { return errBoom }))
		if got := failed.Errors[0].(*core.ItemError).Name; got != want { //nolint:errorlint,forcetypeassert // the kept error itself
			t.Errorf("%.20q becomes %q, want %q", hostile, got, want)
		}
		ctx, run := e.Start(t.Context(), 1)
		_ = run.Chunk(core.WithChunkName(ctx, hostile), 1, func(ctx context.Context) error {
			if got := core.NameFrom(ctx); got != want {
				t.Errorf("the chunk name %.20q becomes %q, want %q", hostile, got, want)
			}
			return nil
		})
		run.End(nil)
	}
}

// TestNamesOfChunksThatGaveBack checks that a chunk of a timed size is named by the items
// that it kept, in its end hooks too.
func TestNamesOfChunksThatGaveBack(t *testing.T) {
	for _, form := range itemForms {
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := core.NewExecutor(core.WithWorkers(2), core.WithItemName(rowName))
				var returned atomic.Int64
				e.Register(hookAt("ends", core.MomentChunkEnd, func(ctx context.Context, event any) context.Context {
					end := event.(core.ChunkEnd) //nolint:forcetypeassert // that moment's event
					want := rowName(end.Offset)
					if last := end.Offset + end.Items - end.Returned - 1; last > end.Offset {
						want += " … " + rowName(last)
					}
					if got := core.NameFrom(ctx); got != want {
						t.Errorf("chunk %d of items %d+%d-%d is named %q, want %q", end.Chunk, end.Offset, end.Items, end.Returned, got, want)
					}
					returned.Add(int64(end.Returned))
					return ctx
				}))
				_ = form.run(t.Context(), e, 3000, func(_ context.Context, i int) error {
					if i%500 > 300 {
						time.Sleep(3 * time.Millisecond)
					} else {
						time.Sleep(time.Microsecond)
					}
					return nil
				})
				if returned.Load() == 0 {
					t.Error("no chunk gave items back")
				}
			})
		})
	}
}

// itemForm is a function of core on single items, ints that are their own indexes.
type itemForm struct {
	name string
	run  func(ctx context.Context, e *core.Executor, n int, f func(context.Context, int) error) error
}

var itemForms = []itemForm{
	{"ForEach", func(ctx context.Context, e *core.Executor, n int, f func(context.Context, int) error) error {
		return core.ForEach(ctx, e, indexes(n), f)
	}},
	{"Stream", func(ctx context.Context, e *core.Executor, n int, f func(context.Context, int) error) error {
		for _, err := range core.Stream(ctx, e, countTo(n, nil), func(ctx context.Context, i int) (int, error) { return i, f(ctx, i) }) {
			if err != nil {
				return err
			}
		}
		return nil
	}},
}
