package webhookhook_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// okTransport responds "ok" to every request, at once.
type okTransport struct{}

func (okTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("ok")), Request: r}, nil
}

func TestConformance(t *testing.T) {
	hooktest.Conformance(t, func() core.Hook {
		h, err := webhookhook.New("https://hooks.slack.com"+secretPath,
			webhookhook.WithHTTPClient(&http.Client{Transport: okTransport{}}), webhookhook.WithoutRateLimit(),
			webhookhook.WithEvents(webhookhook.RunStarted, webhookhook.RunFailed, webhookhook.RunCanceled, webhookhook.RunRecovered,
				webhookhook.RunSucceeded, webhookhook.FirstFailure, webhookhook.RunAnomaly),
			webhookhook.WithMilestones(25, 50), webhookhook.WithProgressInterval(10*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		return h
	})
}

func TestPingConformance(t *testing.T) {
	hooktest.Conformance(t, func() core.Hook {
		h, err := webhookhook.NewPing("https://hc-ping.com/x0canary0token",
			webhookhook.WithHTTPClient(&http.Client{Transport: okTransport{}}), webhookhook.WithoutRateLimit())
		if err != nil {
			t.Fatal(err)
		}
		return h
	})
}

func TestFailedRunArrives(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook()
		runOnce(t, "nightly", errBoom, h)
		checkShutdown(t, h, "")
		got := e.attempts()
		if len(got) != 1 {
			t.Fatalf("%d requests", len(got))
		}
		d := got[0].document(t)
		if d.Event != "run_failed" || !strings.HasPrefix(d.Text, "nightly failed after ") || d.ID != got[0].id || d.Run.Outcome != "error" {
			t.Errorf("got %s", got[0].body)
		}
		checkStats(t, h, 1, 1, 0, nil)
	})
}
