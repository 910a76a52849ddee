package slack_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/oracle/slack"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// allEvents selects all events.
var allEvents = webhookhook.WithEvents(webhookhook.RunFailed, webhookhook.RunCanceled, webhookhook.RunRecovered, webhookhook.FirstFailure,
	webhookhook.RunAnomaly, webhookhook.RunStarted, webhookhook.RunSucceeded, webhookhook.RunProgress)

// postedMessages runs jobs and returns the messages that a hook posts about
// them.
func postedMessages(t *testing.T, text string, opts ...webhookhook.Option) (bodies [][]byte) {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		bodies = append(bodies, body)
		_, _ = io.WriteString(w, "ok")
	}))
	defer server.Close()
	h, err := webhookhook.New(server.URL+"/services/T0/B0/x", opts...)
	if err != nil {
		t.Fatal(err)
	}
	exec := core.NewExecutor(core.WithName(text), core.WithContinueOnError())
	exec.Register(h)
	ctx := core.WithRun(t.Context(), core.RunInfo{ID: text, Attrs: map[string]string{text: text, "tenant": text}})
	_ = core.ForEach(ctx, exec, make([]int, 40), func(context.Context, int) error { return errors.New(text) })
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	return bodies
}

// TestPostedMessagesAreSlacks reads the messages that are really posted.
func TestPostedMessagesAreSlacks(t *testing.T) {
	links := webhookhook.WithLinks(func(r core.RunInfo) []webhookhook.Link {
		return []webhookhook.Link{{Title: "Dashboard", URL: "https://grafana.example/d/1?var-run=" + r.ID}, {
			Title: "Runbook",
			URL:   "https://wiki.example/",
		}}
	})
	bodies := postedMessages(t, "nightly", links, allEvents)
	if len(bodies) != 2 {
		t.Fatalf("%d messages", len(bodies))
	}
	for _, body := range bodies {
		m, err := slack.Read(body)
		if err != nil {
			t.Errorf("%v\n%s", err, body)
			continue
		}
		t.Log(m.Text)
	}
	if m, err := slack.Read(bodies[1]); err != nil || !strings.HasPrefix(m.Text, "❌ nightly failed after ") || len(m.Blocks.BlockSet) != 5 {
		t.Errorf("the last message is %s (%v)", bodies[1], err)
	}
}

// FuzzMessages encodes messages with any texts and reads them.
func FuzzMessages(f *testing.F) {
	for _, s := range []string{
		"nightly", "", "<!channel> <@U1> <https://evil.example|bank> &amp;", "```\n<!here>\n```", strings.Repeat("😀", 4000),
		strings.Repeat("&", 4000),
		strings.Repeat("`", 4000), "a\xff\x00\u202eb", "日本語\nÄÖÜ",
	} {
		f.Add(s, s, s, 312, 1000)
	}
	f.Fuzz(func(t *testing.T, name, kind, text string, failed, items int) {
		m := webhookhook.Message{
			ID: "msg_1", At: time.Unix(1, 0), Executor: name, RunID: name, Attrs: map[string]string{name: text, kind: text}, Host: kind,
			Elapsed: time.Duration(items), Items: items, ItemsDone: items, ItemsFailed: failed, Workers: 8, Throughput: float64(items),
			Remaining: core.Estimate{Known: true, Expected: time.Hour}, Timing: webhookhook.Timing{P50: 1, P95: 2, Slowest: 3, SlowestChunk: items},
			FirstFailure: &webhookhook.Failure{Type: kind, Text: text, Item: items}, Failures: []webhookhook.FailureCount{{
				Type:  kind,
				Items: failed,
			}, {Type: name, Items: 1}},
			Anomaly: &webhookhook.Anomaly{Kind: kind, Text: text}, Previous: &webhookhook.PreviousRun{
				Outcome:  core.OutcomeOK,
				Duration: time.Hour,
			}, Merged: 37,
		}
		if name == "" { // a hook never leaves these empty
			m.Executor, m.RunID = "unknown", "unknown"
		}
		for i := range 5 {
			m.Links = append(m.Links, webhookhook.Link{Title: fmt.Sprint(i, text), URL: "https://h.example/" + fmt.Sprint(i)})
		}
		for _, m.Event = range []webhookhook.Event{
			webhookhook.RunFailed, webhookhook.RunCanceled, webhookhook.RunRecovered, webhookhook.FirstFailure, webhookhook.RunAnomaly,
			webhookhook.RunStarted, webhookhook.RunSucceeded, webhookhook.RunProgress,
		} {
			for _, m.Outcome = range []core.Outcome{0, core.OutcomeError} {
				_, body, err := webhookhook.Slack().Encode(m)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := slack.Read(body); err != nil {
					t.Errorf("%v\n%s", err, body)
				}
			}
		}
	})
}

// FuzzPosted posts errors with any text through a hook, which cleans and
// truncates them before encoding.
func FuzzPosted(f *testing.F) {
	f.Add("<!channel> ```" + strings.Repeat("é", 300))
	f.Fuzz(func(t *testing.T, text string) {
		for _, body := range postedMessages(t, text) {
			if _, err := slack.Read(body); err != nil {
				t.Errorf("%v\n%s", err, body)
			}
		}
	})
}
