package webhookhook_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// runPartial runs a job of 1,000 items, of which four fail and ten may.
func runPartial(t *testing.T, hooks ...core.Hook) {
	t.Helper()
	exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(1), core.WithMaxFailedRatio(0.01))
	exec.Register(hooks...)
	items := make([]int, 1000)
	for i := range items {
		items[i] = i
	}
	err := core.ForEach(t.Context(), exec, items, func(_ context.Context, i int) error {
		if i%250 == 7 {
			return errBoom
		}
		return nil
	})
	if !core.IsPartial(err) {
		t.Errorf("the run ended with %v", err)
	}
}

// A run that tolerated its failures ends a series of failed ones. Its message says
// how many items failed.
func TestPartialRunRecovers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook()
		runOnce(t, "nightly", errBoom, h)
		runPartial(t, h)
		checkShutdown(t, h, "")
		d := e.attempts()[1].document(t)
		if want := "nightly recovered after 1 failed run: 1,000 items done in 0s, 4 failed as tolerated (errors.errorString 4)"; d.Event != "run_recovered" || d.Text != want {
			t.Errorf("%s: %q, want %q", d.Event, d.Text, want)
		}
	})
}

// Where successes are not sent, the message about failures says how many.
func TestPartialRunReportsItsFailures(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook()
		runPartial(t, h)
		checkShutdown(t, h, "")
		if d := e.attempts()[0].document(t); d.Event != string(webhookhook.FirstFailure) || !strings.Contains(d.Text, "4 of 1,000 items failed") {
			t.Errorf("%s: %q", d.Event, d.Text)
		}
	})
}

func TestPartialRunPingsSuccess(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		p := e.ping("http://hc.example/ping/abc")
		runPartial(t, p)
		checkShutdown(t, p, "")
		var got []string
		for _, a := range e.attempts() {
			u, err := url.Parse(a.url)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, u.Path)
		}
		if want := []string{"/ping/abc/start", "/ping/abc"}; !slices.Equal(got, want) {
			t.Errorf("pinged %v, want %v", got, want)
		}
		if body := string(e.attempts()[1].body); !strings.HasPrefix(body, "nightly succeeded: 1,000 items done in 0s, 4 failed as tolerated") {
			t.Errorf("the summary is %s", body)
		}
	})
}
