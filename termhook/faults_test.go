package termhook_test

import (
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/termhook"
)

// blockedWriter blocks until it is released.
type blockedWriter struct {
	release chan struct{}
	buffer
}

func (w *blockedWriter) Write(p []byte) (int, error) {
	<-w.release
	return w.buffer.Write(p)
}

func TestBlockedWriterDelaysNoWorker(t *testing.T) {
	for _, mode := range writingModes {
		t.Run(string(mode), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				out := &blockedWriter{release: make(chan struct{})}
				h := newHook(t, mode, terminal{out})
				exec := core.NewExecutor(core.WithWorkers(4), core.WithChunkSize(1), core.WithContinueOnError())
				exec.Register(h)
				began := time.Now()
				got, err := core.Map(t.Context(), exec, make([]int, 400), func(_ context.Context, i int) (int, error) {
					time.Sleep(100 * time.Millisecond) // 10 s in all
					return 1, nil
				})
				if err != nil || len(got) != 400 || got[399] != 1 {
					t.Errorf("the run returns %d results and %v", len(got), err)
				}
				if late := time.Since(began) - 10*time.Second; late > 50*time.Millisecond {
					t.Errorf("the run took %v longer", late)
				}
				if s := h.Stats(); s.Produced != 1 || s.Pending != 1 {
					t.Errorf("while the writer is blocked: %+v", s)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began = time.Now()
				if err := h.Shutdown(ctx); err == nil || !strings.Contains(err.Error(), "1 (shutdown 1)") {
					t.Errorf("Shutdown: %v", err)
				}
				if took := time.Since(began); took != time.Second {
					t.Errorf("Shutdown took %v, its context has 1 s", took)
				}
				close(out.release)
				synctest.Wait()
				if s := h.Stats(); s.Pending != 0 || s.Dropped["shutdown"] != 1 || s.Delivered != 0 {
					t.Errorf("after Shutdown: %+v", s)
				}
			})
		})
	}
}

func TestQueueOfEndsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &blockedWriter{release: make(chan struct{})}
		h := newHook(t, termhook.ModeJSON, out)
		first := startRun(h, "nightly", "r1", 1)
		synctest.Wait() // the hook is blocked in its first write
		for range 400 {
			startRun(h, "nightly", "r2", 1).end()
		}
		first.end()
		if s := h.Stats(); s.Produced != 401 || s.Pending != 256 || s.Dropped["queue_full"] != 145 {
			t.Errorf("%+v", s)
		}
		close(out.release)
		if err := h.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "145 (queue_full 145)") {
			t.Errorf("Shutdown: %v", err)
		}
		if n := strings.Count(out.String(), "run_end"); n != 256 {
			t.Errorf("%d ends are shown", n)
		}
	})
}

// brokenWriter is a writer that fails as the function does.
type brokenWriter func() error

func (w brokenWriter) Write([]byte) (int, error) { return 0, w() }

func TestBrokenWriterBreaksNothing(t *testing.T) {
	for name, fail := range map[string]brokenWriter{
		"fails":        func() error { return io.ErrClosedPipe },
		"panics":       func() error { panic("no") },
		"calls Goexit": func() error { runtime.Goexit(); return nil },
	} {
		for _, mode := range writingModes {
			t.Run(name+"/"+string(mode), func(t *testing.T) {
				h := newHook(t, mode, terminal{fail})
				exec := core.NewExecutor()
				rec := hooktest.NewRecorder()
				exec.Register(h, rec)
				if _, err := core.Map(t.Context(), exec, make([]int, 10), nothing); err != nil {
					t.Error(err)
				}
				if faults := hooktest.Of[core.Fault](rec); len(faults) > 0 {
					t.Errorf("%+v", faults)
				}
				err := h.Shutdown(t.Context())
				if s := h.Stats(); err == nil || s.Errors == 0 || s.Dropped["write_error"] != 1 || s.Pending != 0 {
					t.Errorf("%+v, Shutdown: %v", s, err)
				}
				if _, err := h.Writer().Write([]byte("x\n")); err == nil {
					t.Error("Write returns no error")
				}
			})
		}
	}
}

// flakyTerminal calls the functions that are set, and then works.
type flakyTerminal struct {
	buffer
	beforeWrite, beforeSize func()
}

func (f *flakyTerminal) Write(p []byte) (int, error) {
	if f.beforeWrite != nil {
		f.beforeWrite()
	}
	return f.buffer.Write(p)
}

func (f *flakyTerminal) Size() (columns, rows int) {
	if f.beforeSize != nil {
		f.beforeSize()
	}
	return 80, 24
}

// TestBrokenCallCostsOneEnd breaks the calls during the first of two runs.
func TestBrokenCallCostsOneEnd(t *testing.T) {
	type breakage struct {
		method string
		mode   termhook.Mode
		how    string
	}
	calls := map[string]func(){"panic": func() { panic("no") }, "Goexit": runtime.Goexit}
	var breakages []breakage
	for how := range calls {
		for _, mode := range writingModes {
			breakages = append(breakages, breakage{"Write", mode, how})
		}
		breakages = append(breakages, breakage{"Size", termhook.ModeTTY, how})
	}
	for _, b := range breakages {
		t.Run(b.method+"/"+string(b.mode)+"/"+b.how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out flakyTerminal
				h := newHook(t, b.mode, &out)
				if b.method == "Write" {
					out.beforeWrite = calls[b.how]
				} else {
					out.beforeSize = calls[b.how]
				}
				runTenItems(t, h)
				synctest.Wait()
				if out.String() != "" {
					t.Fatalf("the broken terminal got %q", out.String())
				}
				out.beforeWrite, out.beforeSize = nil, nil
				runTenItems(t, h)
				synctest.Wait()
				if text := out.String(); !strings.Contains(text, "ten") || !strings.Contains(text, "10") {
					t.Errorf("the second run is shown as %q", text)
				}
				if s := h.Stats(); s.Produced != 2 || s.Delivered != 1 || s.Dropped["write_error"] != 1 || s.Pending != 0 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}
