package webhookhook_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/chunkscope/chunkscope/webhookhook"
)

// TestEndpointsThatRepeatSecrets responds with the secrets of the request, in many forms.
func TestEndpointsThatRepeatSecrets(t *testing.T) {
	jsonText := func(s string) string {
		out, _ := json.Marshal(map[string]string{"error": "bad key " + s})
		return string(out)
	}
	const token, quoted, markup = "CANARYxTOKENx0123456789xCANARYx9876543210", `CANARY"TOKEN\0123456789`, "CANARY&TOKEN<0123456789>"
	for name, c := range map[string]struct {
		url  string
		opts []webhookhook.Option
		body string
		not  []string
	}{
		"cut at the limit of the log": {
			"http://h.example/services/T000/B000/" + token, nil,
			strings.Repeat("x", 256-len(token)+1) + token + " is not known",
			[]string{token[:8]},
		},
		"cut at the limit of what is read": {
			"http://h.example/x",
			[]webhookhook.Option{webhookhook.WithHeader("X-Key", strings.Repeat(token, 90))},
			strings.Repeat(token, 90) + " or " + strings.Repeat(token, 90),
			[]string{token[:8]},
		},
		"quoted":        {"http://h.example/x", []webhookhook.Option{webhookhook.WithHeader("X-Key", quoted)}, quoted, []string{"0123456789"}},
		"quoted by it":  {"http://h.example/x", []webhookhook.Option{webhookhook.WithHeader("X-Key", quoted)}, strconv.Quote(quoted), []string{"0123456789"}},
		"JSON":          {"http://h.example/x?token=" + url.QueryEscape(markup), nil, jsonText(markup), []string{"0123456789"}},
		"percent":       {"http://h.example/x?token=" + url.QueryEscape(markup), nil, "at /x?token=" + url.QueryEscape(markup), []string{"0123456789"}},
		"a part of it":  {"http://h.example/x/a%20CANARY%2Fb", nil, "no 'a CANARY/b' here", []string{"CANARY"}},
		"letters only":  {"http://h.example/hook/CANARYsecret/x", nil, "CANARYsecret is revoked", []string{"CANARYsecret"}},
		"a short one":   {"http://h.example/hook?key=S3cr", nil, "token S3cr is revoked", []string{"S3cr"}},
		"a bare query":  {"http://h.example/hook?S3cr3t", nil, "token S3cr3t is revoked", []string{"S3cr3t"}},
		"a user's name": {"http://robot:x@h.example/hook", nil, "robot is not allowed; robot:x", []string{"robot"}},
		"Basic": {
			"http://robot:CANARYpassword1@h.example/hook", nil, "bad: Basic " + base64.StdEncoding.EncodeToString([]byte("robot:CANARYpassword1")),
			[]string{base64.StdEncoding.EncodeToString([]byte("robot:CANARYpassword1"))[:16]},
		},
		"Basic as a header": {
			"http://h.example/hook",
			[]webhookhook.Option{webhookhook.WithHeader("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("robot:CANARYpw")))},
			"wrong password CANARYpw of robot:CANARYpw",
			[]string{"CANARY"},
		},
		"another scheme": {
			"http://h.example/hook",
			[]webhookhook.Option{webhookhook.WithHeader("Authorization", "Token CANARYpw")},
			"wrong token CANARYpw",
			[]string{"CANARY"},
		},
		"bearer": {"http://h.example/hook", []webhookhook.Option{webhookhook.WithBearerToken("CANARY")}, "no CANARY", []string{"CANARY"}},
		"control characters": {
			"http://h.example/x", nil, "\x1b[2J\x1b]0;owned\x07\x00\u202e\u200b\r\nlevel=ERROR \u009b31m",
			[]string{"\x1b", "\x07", "\x00", "\u202e", "\u200b", "\r", "\n", "\u009b"},
		},
	} {
		for _, status := range []int{400, 429, 200} {
			t.Run(fmt.Sprint(name, " ", status), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					e := newEndpoint(t)
					e.recorder = &logRecorder{} // not looked at by the endpoint, whose canary is another one
					e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) {
						w.WriteHeader(status)
						_, _ = io.WriteString(w, c.body)
					})
					log := &logRecorder{}
					h, err := webhookhook.New(c.url, append(c.opts, webhookhook.WithHTTPClient(e.client()), webhookhook.WithPlainHTTP(),
						webhookhook.WithLogger(log.logger()), webhookhook.WithFormat(strictFormat{webhookhook.JSON()}))...)
					if err != nil {
						t.Fatal(err)
					}
					runOnce(t, "nightly", errBoom, h)
					synctest.Wait()
					lines := log.all()
					if len(lines) != 1 || !strings.Contains(lines[0], "status "+strconv.Itoa(status)) {
						t.Fatalf("logged %q", lines)
					}
					for _, secret := range c.not {
						if strings.Contains(lines[0], secret) {
							t.Errorf("%q is in %q", secret, lines[0])
						}
					}
					dropAll(h)
				})
			})
		}
	}
}

// TestRawResponsesDriveNoTerminal responds with control characters in places other than
// the body.
func TestRawResponsesDriveNoTerminal(t *testing.T) {
	for _, response := range []string{
		"HTTP/1.1 500 \x1b[31mred\x1b]0;x\x07\u202e\r\nContent-Length: 5\r\n\r\n\x1b[2J\r\n",
		"\x1b[31m/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 \x1b[31m OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\x1b[31m\x07: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: \x1b[31m\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: \x1b[31m\u202e\r\n\r\n",
	} {
		inBubble(t, func(t *testing.T) {
			log := &logRecorder{}
			h, err := webhookhook.New("http://localhost/x", webhookhook.WithLogger(log.logger()),
				webhookhook.WithHTTPClient(&http.Client{Transport: &http.Transport{DialContext: respondingDialer([]byte(response))}}))
			if err != nil {
				t.Fatal(err)
			}
			runOnce(t, "nightly", errBoom, h)
			synctest.Wait()
			if lines := strings.Join(log.all(), ""); lines == "" || strings.ContainsAny(lines, "\x1b\x07\r\n\u202e") {
				t.Errorf("%q is logged as %q", response, lines)
			}
			dropAll(h)
		})
	}
}

// TestMessagesHideShortSecrets fails a run with an error that quotes the hook's own URL.
func TestMessagesHideShortSecrets(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook(webhookhook.WithHeader("X-Key", "pa55"))
		runOnce(t, "nightly", fmt.Errorf("cannot post to %q with %s", "http://chat.example"+secretPath, base64.StdEncoding.EncodeToString([]byte("pa55"))), h)
		checkShutdown(t, h, "")
		body := string(e.attempts()[0].body)
		checkNoCanary(t, "a message", body)
		if strings.Contains(body, base64.StdEncoding.EncodeToString([]byte("pa55"))) || !strings.Contains(body, `cannot post to \"[redacted]\" with [redacted]"`) {
			t.Errorf("sent %s", body)
		}
	})
}
