package webhookhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// go test ./webhookhook -run Golden -update writes the files below testdata and
// the blocks of docs/webhooks.md anew.
var update = flag.Bool("update", false, "write the golden files and the documentation anew")

const docFile = "../docs/webhooks.md"

// typedError is an error with a type of its own in messages.
type typedError struct{ kind, text string }

func (e typedError) Error() string     { return e.text }
func (e typedError) ErrorType() string { return e.kind }

// story tells a hook of runs by hand, so that all numbers are the same each
// time, and returns what it sends.
func recordMessages(t *testing.T) map[webhookhook.Event]webhookhook.Message {
	t.Helper()
	told := map[webhookhook.Event]webhookhook.Message{}
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		keep := formatFunc(func(m webhookhook.Message) (string, []byte, error) {
			m.ID, m.Host = "msg_3W5J2ZCMQPKTXBN7LY4ADROHVE", "etl-2"
			if _, ok := told[m.Event]; !ok {
				told[m.Event] = m
			}
			return "text/plain", []byte("x"), nil
		})
		h := e.hook(webhookhook.WithFormat(keep), webhookhook.WithMilestones(50), webhookhook.WithLinks(func(r core.RunInfo) []webhookhook.Link {
			return []webhookhook.Link{
				{Title: "Dashboard", URL: "https://grafana.example/d/chunkscope?var-executor=" + r.Executor},
				{Title: "Runbook", URL: "https://wiki.example/runbooks/" + r.Executor},
			}
		}), webhookhook.WithEvents(webhookhook.RunStarted, webhookhook.RunFailed, webhookhook.RunCanceled, webhookhook.RunRecovered,
			webhookhook.RunSucceeded, webhookhook.FirstFailure, webhookhook.RunAnomaly, webhookhook.RunProgress))
		const items, workers = 1_000_000, 8
		begin := func(id string) (context.Context, core.RunStart) {
			s := core.RunStart{
				Executor: "nightly", RunID: id, Attrs: map[string]string{"date": "1999-12-31"}, Items: items,
				Workers: workers, Started: time.Now(),
			}
			return h.OnRunStart(t.Context(), s), s
		}
		chunks := func(ctx context.Context, n int) {
			for i := range n {
				d := 20*time.Millisecond + time.Duration(i%100)*time.Millisecond
				if i == 731 {
					d = 12400 * time.Millisecond
				}
				h.OnChunkEnd(ctx, core.ChunkEnd{ChunkStart: core.ChunkStart{Chunk: i}, Duration: d})
			}
		}
		end := func(ctx context.Context, s core.RunStart, took time.Duration, done, failed int, outcome core.Outcome, err error) {
			time.Sleep(took - time.Since(s.Started))
			h.OnRunEnd(ctx, core.RunEnd{
				RunStart: s, Ended: time.Now(), Duration: took, ItemsDone: done, ItemsFailed: failed, Chunks: done / 1000,
				ChunksFailed: min(failed, done/1000), Outcome: outcome, Err: err,
			})
			time.Sleep(time.Hour)
		}
		const well = 9*time.Minute + 50*time.Second
		ctx, s := begin("5c1e")
		chunks(ctx, 1000)
		time.Sleep(well / 2)
		h.OnProgress(ctx, core.Progress{
			Items: items, ItemsDone: 502_114, Chunks: 502, Elapsed: well / 2, Throughput: 1702,
			Remaining: core.Estimate{Known: true, Expected: well / 2, Low: well / 3, High: well},
		})
		end(ctx, s, well, items, 0, core.OutcomeOK, nil)

		ctx, s = begin("7f3a")
		chunks(ctx, 640)
		timeout := typedError{"timeout", "Get \"https://api.example/orders/8113\": no answer in 30s"}
		time.Sleep(31 * time.Second)
		fail := func(n int, err error) {
			for range n {
				h.OnItemFailure(ctx, core.ItemFailure{Index: 8113, Items: 1, Outcome: core.OutcomeError, Err: &core.ItemError{Index: 8113, Err: err}})
			}
		}
		fail(2, timeout)
		time.Sleep(4 * time.Second)
		fail(36, timeout)
		h.OnProgress(ctx, core.Progress{Items: items, ItemsDone: 41_200, ItemsFailed: 38, Chunks: 41, Elapsed: 35 * time.Second, Throughput: 1177})
		time.Sleep(3 * time.Minute)
		h.OnAnomaly(ctx, core.Anomaly{
			Executor: "nightly", RunID: "7f3a", Kind: core.AnomalyStall,
			Message: "no item has ended for 2m00s; chunk 41 runs since then",
		})
		fail(252, timeout)
		fail(22, typedError{"bad_row", "row 22"})
		end(ctx, s, 12*time.Minute+4*time.Second, 640_112, 312, core.OutcomeError, timeout)

		ctx, s = begin("90bd")
		end(ctx, s, 2*time.Minute, 150_000, 0, core.OutcomeCanceled, fmt.Errorf("%w: signal: terminated", context.Canceled))
		ctx, s = begin("a6f0")
		chunks(ctx, 1000)
		end(ctx, s, 10*time.Minute+2*time.Second, items, 0, core.OutcomeOK, nil)
		checkShutdown(t, h, "")
	})
	return told
}

// asChat shows a message as Slack lays it out, read from what is posted to it.
func renderChat(t *testing.T, body []byte) string {
	t.Helper()
	type text struct {
		Text string `json:"text"`
	}
	var m struct {
		Blocks []struct {
			Type     string `json:"type"`
			Text     *text  `json:"text"`
			Fields   []text `json:"fields"`
			Elements []struct {
				Text json.RawMessage `json:"text"`
			} `json:"elements"`
		} `json:"blocks"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, block := range m.Blocks {
		switch {
		case block.Type == "header":
			fmt.Fprintln(&b, block.Text.Text)
		case block.Type == "section" && block.Text != nil:
			for line := range strings.Lines(strings.Trim(block.Text.Text, "`")) {
				fmt.Fprintln(&b, "  |", strings.TrimSpace(line))
			}
		case block.Type == "section":
			for _, f := range block.Fields {
				name, value, _ := strings.Cut(f.Text, "\n")
				fmt.Fprintf(&b, "  %-16s %s\n", strings.Trim(name, "*"), value)
			}
		case block.Type == "actions":
			var titles []string
			for _, e := range block.Elements {
				var title text
				_ = json.Unmarshal(e.Text, &title)
				titles = append(titles, "["+title.Text+"]")
			}
			fmt.Fprintln(&b, " ", strings.Join(titles, " "))
		case block.Type == "context":
			var line string
			_ = json.Unmarshal(block.Elements[0].Text, &line)
			fmt.Fprintln(&b, " ", line)
		default:
			t.Errorf("a block of type %s", block.Type)
		}
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(b.String())
}

// TestGolden compares what is sent with the files of testdata, and those with
// what the documentation shows.
func TestGolden(t *testing.T) {
	messages := recordMessages(t)
	files := map[string]string{}
	for _, event := range []webhookhook.Event{
		webhookhook.RunFailed, webhookhook.RunCanceled, webhookhook.RunRecovered, webhookhook.FirstFailure, webhookhook.RunAnomaly,
		webhookhook.RunStarted, webhookhook.RunSucceeded, webhookhook.RunProgress,
	} {
		m, ok := messages[event]
		if !ok {
			t.Errorf("%s was not sent", event)
			continue
		}
		_, body, err := webhookhook.Slack().Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		files[string(event)+".txt"] = renderChat(t, body)
	}
	for name, format := range formats {
		_, body, err := format.Encode(messages[webhookhook.RunFailed])
		if err != nil {
			t.Fatal(err)
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, body, "", "  "); err != nil {
			t.Fatal(err)
		}
		files["run_failed."+name+".json"] = pretty.String() + "\n"
	}
	for name, got := range files {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path) //nolint:gosec // G304: a file of this test
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is\n%s\nwant\n%s\nIf that is meant, write it anew with -update.", path, got, want)
		}
	}
	checkDoc(t, files)
}

// TestSchemaIsDocumented looks for each field of the JSON in the documentation.
func TestSchemaIsDocumented(t *testing.T) {
	doc, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	all := webhookhook.Render(hostileMessage("nightly", "1", "timeout", "no answer", "env", 2, 1), "timeout", "no answer",
		webhookhook.WithLinks(func(core.RunInfo) []webhookhook.Link {
			return []webhookhook.Link{{Title: "a", URL: "https://b.example"}}
		}))
	_, body, err := webhookhook.JSON().Encode(all)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil {
		t.Fatal(err)
	}
	n := 0
	var look func(path string, v any)
	look = func(path string, v any) {
		if path != "" && path != "run.attributes" && path != "failures_by_type" {
			if nested, ok := v.(map[string]any); ok {
				for k, v := range nested {
					look(path+"."+k, v)
				}
				return
			}
		}
		n++
		if !strings.Contains(string(doc), "| `"+path+"` |") {
			t.Errorf("%s does not tell what %s is", docFile, path)
		}
	}
	for k, v := range fields {
		look(k, v)
	}
	if n < 30 {
		t.Errorf("looked for %d fields only", n)
	}
}

// checkDoc compares the blocks of the documentation that name a file with it.
func checkDoc(t *testing.T, files map[string]string) {
	t.Helper()
	doc, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)<!-- (\\S+) -->\n```(\\w*)\n(.*?)```")
	shown := map[string]bool{}
	wanted := blocks.ReplaceAllStringFunc(string(doc), func(block string) string {
		parts := blocks.FindStringSubmatch(block)
		content, ok := files[parts[1]]
		if !ok {
			t.Errorf("%s shows %s, which no test makes", docFile, parts[1])
			return block
		}
		shown[parts[1]] = true
		return "<!-- " + parts[1] + " -->\n```" + parts[2] + "\n" + content + "```"
	})
	for name := range files {
		if strings.HasSuffix(name, ".txt") && !shown[name] {
			t.Errorf("%s does not show %s", docFile, name)
		}
	}
	if *update {
		if err := os.WriteFile(docFile, []byte(wanted), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if wanted != string(doc) {
		t.Errorf("%s shows messages as they are not sent. Write them anew with -update.", docFile)
	}
}
