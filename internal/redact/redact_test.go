package redact_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/internal/redact"
)

func ExampleNew() {
	u, _ := url.Parse("https://robot:pa55word@push.example/services/T0A1/kEy?token=a%26b%3Cc")
	r := redact.New(redact.URL(u)...)
	fmt.Println(r.String(`404: no kEy here`))
	fmt.Println(r.String(`404: no service at /services/T0A1/kEy`))
	fmt.Println(r.String(`{"error": "bad token a\u0026b\u003cc"}`))
	fmt.Println(r.String(`Authorization: Basic cm9ib3Q6cGE1NXdvcmQ=`))
	// Output:
	// 404: no kEy here
	// 404: no service at /services/[redacted]/kEy
	// {"error": "bad token [redacted]"}
	// Authorization: Basic [redacted]
}

func TestSecretsAreFoundInEveryForm(t *testing.T) {
	const secret = `kéy"<&>'/\ 😀+%_0` //nolint:gosec // G101: made up
	r := redact.New(secret)
	for name, encoded := range forms(secret) {
		for _, text := range []string{encoded, "bad " + encoded + " given", strings.Repeat(encoded+", ", 3)} {
			if got := r.String(text); strings.Contains(got, encoded) || !strings.Contains(got, redact.Mark) {
				t.Errorf("%s: %q became %q", name, text, got)
			}
		}
	}
	for _, encoded := range []string{ // only some characters are encoded, or in the way of another language
		`k\u00e9y\"\u003c\u0026\u003E'\/\\ \uD83D\uDE00+%_0`,
		`k%c3%A9y%22<%26>'/\%20😀%2b%25_0`,
		`k\303\251y\x22&lt;\046&GT;&#39;&#x2f;\\ \U0001F600+%_\u0030`,
		`k\\u00e9y\\\"<&>'/\\\\ 😀+%_0`,
	} {
		if got := r.String("x" + encoded + "x"); !strings.HasPrefix(got, "x[redacted]") {
			t.Errorf("%s became %s", encoded, got)
		}
	}
}

// TestBase64IsReplacedAsAWhole encodes a secret with what is around it, which is as
// secret: the user before a password for instance.
func TestBase64IsReplacedAsAWhole(t *testing.T) {
	r := redact.New("hunter2")
	for _, around := range [][2]string{{"", ""}, {"a:", ""}, {"ab:", "!"}, {"abc:", "?!"}, {"robot:", " and more"}} {
		encoded := base64.StdEncoding.EncodeToString([]byte(around[0] + "hunter2" + around[1]))
		if got := r.String("Basic " + encoded + " is wrong"); got != "Basic [redacted] is wrong" {
			t.Errorf("%q became %q", around, got)
		}
	}
}

func TestWordsAreKept(t *testing.T) {
	u, _ := url.Parse("https://hooks.example/api/v1/services/a/hook/a1b2?wait=true&x=1&status=up")
	r := redact.New(append(redact.URL(u), "", "a", "abc")...)
	const text = "the services of hooks.example say at 1: no api v1, no hook, true or not; abc"
	if got := r.String(text); got != text {
		t.Errorf("%q became %q", text, got)
	}
	if got := r.String("webhook a1b2x"); got != "webhook [redacted]x" {
		t.Errorf("became %q", got)
	}
	for raw, want := range map[string][]string{
		"https://h.example":           nil,
		"https://h.example/":          nil,
		"https://h.example/api/hook/": nil,
		"https://h.example/?TOKEN":    {"TOKEN"},
		"https://h.example/x/y?z=":    {"https://h.example/x/y?z=", "/x/y?z="},
		"https://u:pw@h.example/hook": {"u:pw", "https://u:pw@h.example/hook"},
		"https://h.example/a%2Fb%20c": {"a%2Fb%20c", "b c", "/a%2Fb%20c"},
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		secrets := redact.URL(u)
		for _, w := range want {
			if !slices.Contains(secrets, w) {
				t.Errorf("%s has the secrets %q, want %q", raw, secrets, w)
			}
		}
		if want == nil && strings.Join(secrets, "") != "" {
			t.Errorf("%s has the secrets %q, want none", raw, secrets)
		}
	}
}

func TestPrefixReplacesACutSecret(t *testing.T) {
	const secret = `CANARY"token<0123456789>`
	r := redact.New(secret)
	for name, encoded := range forms(secret) {
		least := leastCut(name)
		for n := least; n <= len(encoded); n++ {
			text := "unknown: " + encoded[:n]
			if got := r.Prefix(text); !strings.HasPrefix(got, "unknown: [redacted]") || strings.HasSuffix(got, encoded[:n]) {
				t.Errorf("%s: %q became %q", name, text, got)
			}
		}
	}
	if got := r.String("it is CANARY"); got != "it is CANARY" {
		t.Errorf("a text that is complete became %q", got)
	}
}

func TestSecretsOverlapAndTouch(t *testing.T) {
	r := redact.New("token", "/a/token/b", "oken/bcd", "aaaa")
	for text, want := range map[string]string{ //nolint:gosec // G101: made up
		"GET /a/token/bcd 404": "GET [redacted] 404",
		"tokentoken":           "[redacted]",
		"token token":          "[redacted] [redacted]",
		"aaaaa":                "[redacted]",
		"":                     "",
		"tok":                  "tok",
	} {
		if got := r.String(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	b := []byte("a token")
	if got := r.Bytes(b); string(got) != "a [redacted]" || string(b) != "a token" {
		t.Errorf("%q, and the text is now %q", got, b)
	}
}

func TestPrintingShowsNoSecret(t *testing.T) {
	r := redact.New("canary-canary")
	js, _ := json.Marshal(struct{ R any }{r})
	shown := string(js)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		shown += fmt.Sprintf(verb, r) + fmt.Sprintf(verb, *r)
	}
	if strings.Contains(shown, "canary") || strings.Contains(shown, fmt.Sprintf("%x", "canary")) {
		t.Errorf("shown as %s", shown)
	}
}

// TestHostileTextsTakeLittleTime has texts of escape characters only.
func TestHostileTextsTakeLittleTime(t *testing.T) {
	r := redact.New(strings.Repeat(`\`, 60)+"x", strings.Repeat("%25", 30)+"x", strings.Repeat("&amp;", 20)+"x")
	start := time.Now()
	for _, text := range []string{`\`, "%25", "&amp;", "%", "&"} {
		_ = r.Bytes(bytes.Repeat([]byte(text), 4096/len(text)))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}
