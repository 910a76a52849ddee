package otelhook_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/chunkscope/chunkscope/otelhook"
)

const echoed = `c4nary"T0ken&1/2`

// TestSecretsOfExports holds that a collector that repeats a secret does not get
// it into the log, in whatever form and place.
func TestSecretsOfExports(t *testing.T) {
	asJSON, err := json.Marshal(echoed)
	if err != nil {
		t.Fatal(err)
	}
	for name, echo := range map[string]string{
		"plain":          echoed,
		"quoted":         fmt.Sprintf("%q", echoed),
		"quoted twice":   fmt.Sprintf("%q", fmt.Sprintf("%q", echoed)),
		"JSON":           string(asJSON),
		"path":           url.PathEscape(echoed),
		"query":          url.QueryEscape(echoed),
		"base64":         base64.StdEncoding.EncodeToString([]byte("robot:" + echoed)),
		"base64 for URL": base64.URLEncoding.EncodeToString([]byte("x" + echoed)),
		"at the cut":     strings.Repeat("x", 1024-4) + echoed,
		"at 16 KiB":      strings.Repeat("x", 16<<10-4) + echoed,
		"after secrets":  strings.Repeat(echoed, 16<<10/len(echoed)) + echoed,
		"after controls": strings.Repeat("\x1b", 16<<10-4) + echoed,
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			th := newTestHook(otelhook.WithLogger(textLogger(&log)), otelhook.WithSecrets("other secret", echoed))
			th.SpansExported(1, errors.New("401 Unauthorized: "+echo+" is not known"))
			for _, text := range []string{log.String(), fmt.Sprintf("%v %+v %#v", th.Hook, th.Hook, th.Hook)} {
				for _, part := range []string{"c4na", "T0ken", "ken&1", base64.StdEncoding.EncodeToString([]byte(echoed))[:8]} {
					if strings.Contains(text, part) {
						t.Errorf("%q of the secret is shown: %s", part, text)
					}
				}
			}
			if !strings.Contains(log.String(), "401 Unauthorized") {
				t.Errorf("the log lacks the reason: %s", log.String())
			}
		})
	}
}

// TestSecretsOfURLs holds that a URL keeps its host in the log, and loses what may
// be secret.
func TestSecretsOfURLs(t *testing.T) {
	th := newTestHook(otelhook.WithSecrets("https://robot:hunter22@collector.example/tenant77/v1/traces?key=letters"))
	text := th.ErrorText(errors.New("failed to send to https://collector.example/tenant77/v1/traces: traces of robot: hunter22 with letters"))
	for _, part := range []string{"robot", "hunter22", "tenant77", "letters"} {
		if strings.Contains(text, part) {
			t.Errorf("%q is shown: %s", part, text)
		}
	}
	if want := "failed to send to https://collector.example/"; !strings.HasPrefix(text, want) {
		t.Errorf("got %q, want %q…", text, want)
	}
	public := "failed to send to http://collector:4318/v1/traces: 503"
	th = newTestHook(otelhook.WithSecrets("http://collector:4318/v1/traces", "", "abc"))
	if text := th.ErrorText(errors.New(public)); text != public {
		t.Errorf("got %q, want %q", text, public)
	}
}

// TestErrorTextIsOneCleanLine holds that an answer cannot command a terminal, nor
// begin a line of its own in a log.
func TestErrorTextIsOneCleanLine(t *testing.T) {
	th := newTestHook()
	text := th.ErrorText(errors.Join(errors.New("500 \x1b]0;x\x07\x1b[31mred\u202e"), errors.New("level=ERROR\r\n\xff"+strings.Repeat("é", 4<<20))))
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }) || len(text) > 1100 {
		t.Errorf("got %d bytes: %q", len(text), text)
	}
	if !strings.HasPrefix(text, "500 ]0;x[31mred level=ERROR é") {
		t.Errorf("got %q", text)
	}
	if text := th.ErrorText(nil); text != "" {
		t.Errorf("nil has the text %q", text)
	}
}
