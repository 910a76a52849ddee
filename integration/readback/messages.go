package readback

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	slackgo "github.com/slack-go/slack"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/chunkscope/chunkscope/integration/oracle/slack"
)

// webhookFacts reads the facts in signed JSON messages about the ends of runs,
// and verifies the signatures.
func webhookFacts(t *testing.T, received []request, secret string) Facts {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(secret)
	check(t, err)
	f := Facts{}
	for _, r := range received {
		if err := verifier.Verify(r.body, r.header); err != nil {
			t.Errorf("%v: %v", r.header, err)
		}
		var m struct {
			Run struct {
				Executor, ID, Outcome string
				Seconds               float64 `json:"elapsed_seconds"`
			}
			Items, Chunks struct{ Done, Failed int }
			Failures      map[string]int `json:"failures_by_type"`
			Counters      []struct {
				Name  string
				Value int64
			}
		}
		check(t, json.Unmarshal(r.body, &m))
		if m.Run.Executor != Executor {
			t.Errorf("a message about %q", m.Run.Executor)
		}
		f.addReport(run{
			id: m.Run.ID, outcome: m.Run.Outcome, items: m.Items.Done, failed: m.Items.Failed,
			chunks: m.Chunks.Done, chunksFailed: m.Chunks.Failed, seconds: m.Run.Seconds,
		})
		for _, c := range m.Counters {
			f.add("counter/"+c.Name, float64(c.Value))
		}
		for kind, items := range m.Failures {
			f.add("failed/"+kind, float64(items))
		}
	}
	return f
}

// slackFacts reads the facts in Slack messages. They are for people and contain
// less: no chunks and no panics. Of runs that ended close to each other they
// contain only the number and the last one.
func slackFacts(t *testing.T, received []request) Facts {
	t.Helper()
	f := Facts{}
	for _, r := range received {
		m, err := slack.Read(r.body)
		if err != nil {
			t.Fatalf("%v\n%s", err, r.body)
		}
		var report run
		for _, block := range m.Blocks.BlockSet {
			switch b := block.(type) {
			case *slackgo.SectionBlock:
				for _, field := range b.Fields {
					switch name, value, _ := strings.Cut(field.Text, "\n"); name {
					case "*Done*":
						report.items = leading(t, value)
					case "*Failed*":
						report.failed = leading(t, value)
					}
				}
			case *slackgo.ContextBlock:
				_, id, _ := strings.Cut(b.ContextElements.Elements[0].(*slackgo.TextBlockObject).Text, "run ")
				report.id, _, _ = strings.Cut(id, " ")
			}
		}
		f.addReport(report)
		if merged := regexp.MustCompile(`; ([0-9,]+) runs? ended just before it`).FindStringSubmatch(m.Text); merged != nil {
			f.add("total.runs", float64(leading(t, merged[1])))
		}
	}
	return f
}

// leading returns the number at the start of a text.
func leading(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.ReplaceAll(regexp.MustCompile(`^[0-9,]*`).FindString(text), ",", ""))
	check(t, err)
	return n
}

// lineFacts reads the facts in lines of JSON, as loghook and termhook write
// them. It reads those about the ends of runs, which the key and the value
// select.
func lineFacts(t *testing.T, lines []byte, key, value string) Facts {
	t.Helper()
	f := Facts{}
	for line := range bytes.Lines(lines) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if m["executor"] != Executor {
			t.Errorf("a line without the executor: %s", line)
		}
		if m[key] != value {
			continue
		}
		n := func(key string) float64 { n, _ := m[key].(float64); return n }
		f.addReport(run{
			id: fmt.Sprint(m["run"]), outcome: fmt.Sprint(m["outcome"]), items: int(n("items_done")), failed: int(n("items_failed")),
			chunks: int(n("chunks")), chunksFailed: int(n("chunks_failed")),
			seconds: n("duration")/1e9 + n("elapsed_seconds"), // slog's, in nanoseconds, or termhook's
		})
		if group, ok := m["counters"].(map[string]any); ok { // loghook's
			for name, value := range group {
				f.add("counter/"+name, value.(float64))
			}
		}
		list, _ := m["counters"].([]any) // termhook's
		for _, counter := range list {
			c := counter.(map[string]any)
			f.add("counter/"+fmt.Sprint(c["name"]), c["value"].(float64))
		}
		shares, _ := m["worker_shares"].([]any)
		for _, share := range shares {
			f.add("seconds.workers", share.(map[string]any)["busy_seconds"].(float64))
		}
	}
	return f
}
