package termhook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/termhook"
)

var drawing = []termhook.Mode{termhook.ModeTTY, termhook.ModePlain, termhook.ModeJSON}

// blocked is a writer that does not come back before it is released.
type blocked struct {
	release chan struct{}
	buffer
}

func (b *blocked) Write(p []byte) (int, error) {
	<-b.release
	return b.buffer.Write(p)
}

func TestBlockedWriterBlocksNobody(t *testing.T) {
	for _, mode := range drawing {
		t.Run(string(mode), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				out := &blocked{release: make(chan struct{})}
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

func TestShutdownOfABlockedWriterEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &blocked{release: make(chan struct{})}
		h := newHook(t, termhook.ModePlain, out)
		begin(h, "nightly", "r1", 1, 1)
		synctest.Wait() // the hook is blocked in its first write
		began := time.Now()
		if err := h.Shutdown(context.Background()); err != nil {
			t.Errorf("no end of a run was lost, but: %v", err)
		}
		if took := time.Since(began); took != 8*time.Second {
			t.Errorf("without a deadline, Shutdown took %v", took)
		}
		close(out.release)
	})
}

func TestQueueOfEndsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &blocked{release: make(chan struct{})}
		h := newHook(t, termhook.ModeJSON, out)
		first := begin(h, "nightly", "r1", 1, 1)
		synctest.Wait() // the hook is blocked in its first write
		for range 400 {
			begin(h, "nightly", "r2", 1, 1).end(1, core.OutcomeOK, nil)
		}
		first.end(1, core.OutcomeOK, nil)
		if s := h.Stats(); s.Produced != 401 || s.Pending != 256 || s.Dropped["queue_full"] != 145 {
			t.Errorf("%+v", s)
		}
		close(out.release)
		if err := h.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "145 (queue_full 145)") {
			t.Errorf("Shutdown: %v", err)
		}
		if n := strings.Count(out.String(), "run_end"); n != 256 {
			t.Errorf("%d ends were told", n)
		}
	})
}

// broken is a writer that breaks in its own way.
type broken func() error

func (b broken) Write([]byte) (int, error) { return 0, b() }

func TestBrokenWriterBreaksNothing(t *testing.T) {
	for name, fail := range map[string]broken{
		"fails":  func() error { return io.ErrClosedPipe },
		"panics": func() error { panic("no") },
	} {
		for _, mode := range drawing {
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
					t.Error("Writer hides that the writer is broken")
				}
			})
		}
	}
}

func TestWriterRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fails atomic.Bool
		fails.Store(true)
		s := newScreen(80, 24)
		h := newHook(t, termhook.ModeTTY, flaky{s, &fails})
		j := begin(h, "nightly", "r1", 100, 1)
		time.Sleep(time.Second)
		j.progress(10, 10)
		settle()
		fails.Store(false)
		j.progress(20, 10)
		settle()
		if frame := s.frame(); !strings.Contains(frame, "20%") {
			t.Errorf("after a failed write:\n%s", frame)
		}
	})
}

type flaky struct {
	*screen
	fails *atomic.Bool
}

func (f flaky) Write(p []byte) (int, error) {
	if f.fails.Load() {
		return 0, errors.New("resource temporarily unavailable")
	}
	return f.screen.Write(p)
}

func TestNoneWritesNothingAndStartsNothing(t *testing.T) {
	var out buffer
	h := newHook(t, termhook.ModeNone, &out)
	exec := core.NewExecutor(core.WithWorkers(1))
	count := func() (n int) {
		_ = core.ForEach(t.Context(), exec, []int{0}, func(context.Context, int) error {
			n = runtime.NumGoroutine()
			return nil
		})
		return n
	}
	before := count()
	unregister := exec.Register(h)
	if during := count(); during > before {
		t.Errorf("%d goroutines, %d without the hook", during, before)
	}
	unregister()
	run(t, h)
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if out.String() != "" {
		t.Errorf("wrote %q", out.String())
	}
}

func TestAfterShutdown(t *testing.T) {
	for _, mode := range drawing {
		synctest.Test(t, func(t *testing.T) {
			var out buffer
			h := newHook(t, mode, terminal{&out})
			j := begin(h, "nightly", "r1", 100, 1)
			settle()
			j.progress(10, 1)
			settle()
			if err := h.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			before := out.String()
			j.progress(20, 1)
			j.end(100, core.OutcomeOK, nil)
			begin(h, "late", "r2", 1, 1)
			settle()
			if out.String() != before {
				t.Errorf("%s: wrote %q after Shutdown", mode, strings.TrimPrefix(out.String(), before))
			}
			if err := h.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "closed 1") {
				t.Errorf("the second Shutdown: %v", err)
			}
			_, _ = io.WriteString(h.Writer(), "still heard\n")
			if !strings.Contains(out.String(), "still heard") {
				t.Error("Writer is deaf after Shutdown")
			}
		})
	}
}

func TestWriterKeepsLinesWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(40, 24)
		h := newHook(t, termhook.ModeTTY, s)
		j := begin(h, "nightly", "r1", 100, 1)
		time.Sleep(time.Second)
		j.progress(10, 10)
		settle()
		log := slog.New(slog.NewTextHandler(h.Writer(), &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		log.Info("at once")
		if frame := s.frame(); !strings.HasPrefix(frame, "level=INFO msg=\"at once\"\nnightly") {
			t.Errorf("a line is not above at once:\n%s", frame)
		}
		_, _ = io.WriteString(h.Writer(), "one ")
		_, _ = io.WriteString(h.Writer(), "line\nand no end")
		if frame := s.frame(); !strings.Contains(frame, "\none line\nnightly") {
			t.Errorf("a line in parts:\n%s", frame)
		}
		if err := h.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if frame := s.frame(); !strings.HasSuffix(frame, "one line\nand no end\n") {
			t.Errorf("what Shutdown leaves:\n%s", frame)
		}
		s.checkEscapes(t)
	})
}

func TestWriterHoldsLittleBack(t *testing.T) {
	var out bytes.Buffer
	h := newHook(t, termhook.ModeTTY, terminal{&out})
	part := bytes.Repeat([]byte("x"), 1000)
	for range 1000 {
		_, _ = h.Writer().Write(part)
	}
	if held := 1_000_000 - bytes.Count(out.Bytes(), []byte("x")); held > 64<<10 {
		t.Errorf("%d bytes are held back", held)
	}
}

func TestWhatIsPrintedAfterARunComesAfterItsSummary(t *testing.T) {
	var out buffer
	h := newHook(t, termhook.ModeTTY, terminal{&out})
	for range 20 {
		run(t, h)
		_, _ = io.WriteString(&out, "result\n")
	}
	if text := out.String(); strings.Index(text, "result") < strings.Index(text, "ten  ") {
		t.Errorf("got %q", text)
	}
}
