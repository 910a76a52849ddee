package slack_test

import (
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/integration/oracle/slack"
)

// TestReadRefuses checks that Read rejects invalid messages.
func TestReadRefuses(t *testing.T) {
	const good = `{"text": "a", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "a"}}]}`
	if _, err := slack.Read([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"no JSON":         `{`,
		"no text":         strings.Replace(good, `"text": "a", "b`, `"b`, 1),
		"no blocks":       `{"text": "a"}`,
		"unknown field":   strings.Replace(good, `"type": "header"`, `"type": "header", "colour": "red"`, 1),
		"unknown block":   strings.Replace(good, `"type": "header"`, `"type": "footer"`, 1),
		"wrong type":      strings.Replace(good, `"text": "a"}`, `"text": 1}`, 1),
		"wrong kind":      strings.Replace(good, `plain_text`, `mrkdwn`, 1),
		"mention":         strings.Replace(good, `"text": "a"}`, `"text": "<!channel>"}`, 1),
		"long header":     strings.Replace(good, `"text": "a"}`, `"text": "`+strings.Repeat("😀", 76)+`"}`, 1),
		"empty text":      strings.Replace(good, `"text": "a"}`, `"text": ""}`, 1),
		"a lot of blocks": `{"text": "a", "blocks": [` + strings.Repeat(`{"type": "header", "text": {"type": "plain_text", "text": "a"}},`, 50) + good[25:len(good)-2] + `]}`,
	} {
		if _, err := slack.Read([]byte(body)); err == nil {
			t.Errorf("%s is taken: %s", name, body)
		}
	}
}
