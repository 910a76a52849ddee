package closing_test

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/internal/closing"
)

func TestTasksEndSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		slow := func(context.Context) error { time.Sleep(time.Second); return nil }
		if err := closing.All(t.Context(), closing.Task{"a", slow}, closing.Task{"b", slow}); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestErrorsNameTheirTasks(t *testing.T) {
	err := closing.All(t.Context(),
		closing.Task{"first", func(context.Context) error { return fs.ErrClosed }},
		closing.Task{"second", func(context.Context) error { panic("boom") }},
		closing.Task{"third", func(context.Context) error { runtime.Goexit(); return nil }},
		closing.Task{"fourth", func(context.Context) error { return errors.New("fourth: lost 3") }},
		closing.Task{"fifth", func(context.Context) error { return nil }},
	)
	const want = "first: file already closed\nsecond: panic: boom\nthird: runtime.Goexit was called\nfourth: lost 3"
	if err == nil || err.Error() != want || !errors.Is(err, fs.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestErrorWithoutText checks that an error is returned though its Error method
// does not return.
func TestErrorWithoutText(t *testing.T) {
	err := closing.All(t.Context(), closing.Task{"broken", func(context.Context) error { return goexitError{} }})
	if err == nil || !strings.HasPrefix(err.Error(), "broken: ") || !errors.Is(err, goexitError{}) {
		t.Errorf("got %v", err)
	}
}

type goexitError struct{}

func (goexitError) Error() string { runtime.Goexit(); return "" }

func TestTasksAreLeftBehind(t *testing.T) {
	for _, c := range []struct {
		name    string
		timeout time.Duration // 0 for no deadline
		want    time.Duration
		text    string
	}{
		{"by the deadline", time.Second, time.Second + closing.Grace, "stuck: not done in time: context deadline exceeded"},
		{"by the limit", 0, closing.Limit + closing.Grace, "stuck: not done in time: not done after 8s: context deadline exceeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, release := t.Context(), make(chan struct{})
				if c.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.timeout)
					defer cancel()
				}
				began := time.Now()
				err := closing.All(ctx, closing.Task{"stuck", func(context.Context) error { <-release; return nil }})
				if took := time.Since(began); took != c.want || err == nil || err.Error() != c.text {
					t.Errorf("after %v: %v", took, err)
				}
				close(release)
			})
		})
	}
}

func TestLateTasksReportTheirLosses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := closing.All(ctx, closing.Task{"late", func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(closing.Grace / 2)
			return errors.New("lost 7")
		}})
		if err == nil || err.Error() != "late: lost 7" {
			t.Errorf("got %v", err)
		}
	})
}

func TestContextKeepsItsDeadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	same, stop := closing.Context(ctx)
	defer stop()
	if same != ctx {
		t.Error("a context with a deadline is replaced")
	}
	if closing.Done().Err() == nil {
		t.Error("Done is not done")
	}
}
