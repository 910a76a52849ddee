package webhookhook_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// go test ./webhookhook -run Golden -update rewrites the files below testdata and the
// blocks of docs/webhooks.md.
var update = flag.Bool("update", false, "rewrite the golden files and the documentation")

const docFile = "../docs/webhooks.md"

// renderChat renders the request body of a message to Slack as Slack shows it.
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

// TestGolden compares messages with the files of testdata, and these with the
// documentation.
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
			t.Errorf("%s is\n%s\nwant\n%s\nIf this is intended, rewrite it with -update.", path, got, want)
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
			t.Errorf("%s does not document %s", docFile, path)
		}
	}
	for k, v := range fields {
		look(k, v)
	}
	if n < 30 {
		t.Errorf("looked for %d fields only", n)
	}
}

// checkDoc compares the blocks of the documentation with the files that they name.
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
			t.Errorf("%s shows %s, which does not exist", docFile, parts[1])
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
		t.Errorf("%s shows messages that are out of date. Rewrite it with -update.", docFile)
	}
}
