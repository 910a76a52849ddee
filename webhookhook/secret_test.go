package webhookhook_test

import (
	"bytes"
	"context"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// The canary is in every place for a secret. Neither it nor the rest of the secret
// may be in what is shown or sent.
const (
	canaryURL    = "http://canary-user:canary-password@localhost/services/T0CANARY/x0canary0token?key=canary0query-value" //nolint:gosec // G101: made up
	canaryToken  = "canary-bearer-token"
	canaryHeader = "canary-header-value"
	canarySecret = "whsec_Y2FuYXJ5IGNhbmFyeSBjYW5hcnkgY2FuYXJ5" //nolint:gosec // G101: made up, "canary" in base64
)

func checkNoCanary(t *testing.T, where, text string) {
	t.Helper()
	text = strings.ToLower(text)
	for _, secret := range []string{"canary", strings.ToLower(canarySecret[6:])} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret is in %s: %s", where, text)
		}
	}
}

// shownForms returns a value as every verb, logger and encoder shows it.
func shownForms(v any) map[string]string {
	all := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%t", "%U"} {
		all[verb] = fmt.Sprintf(verb, v)
	}
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&js, nil)).Info("x", "v", v)
	all["slog text"], all["slog JSON"] = text.String(), js.String()
	marshalled, err := json.Marshal(v)
	all["JSON"] = fmt.Sprint(string(marshalled), err)
	return all
}

func TestSecretsAreShownAsRedacted(t *testing.T) {
	s := webhookhook.Secret("canary")
	for how, text := range shownForms(s) {
		checkNoCanary(t, how, text)
		if how != "%T" && how != "%p" && !strings.Contains(text, "redacted") {
			t.Errorf("%s shows %s", how, text)
		}
	}
	marshalled, err := s.(encoding.TextMarshaler).MarshalText()
	for _, text := range []string{s.(fmt.Stringer).String(), s.(fmt.GoStringer).GoString(), string(marshalled)} {
		if text != "[redacted]" || err != nil {
			t.Errorf("a method shows %s, %v", text, err)
		}
	}
	for how, text := range shownForms(struct {
		Public  any
		private any
	}{s, s}) {
		checkNoCanary(t, how+" of a struct", text)
	}
}

func canaryOptions() []webhookhook.Option {
	return []webhookhook.Option{
		webhookhook.WithBearerToken(canaryToken), webhookhook.WithHeader("X-Api-Key", canaryHeader), webhookhook.WithSecret(canarySecret),
	}
}

// errLeak holds the hook's own secrets, as the error of a job that uses the same
// webhook does.
var errLeak = errors.New("POST " + canaryURL + ": Authorization: Bearer " + canaryToken + ", X-Api-Key " + canaryHeader + ", " + canarySecret)

// TestCanary looks for secrets in all output of failing hooks: errors, logs, printed
// values, stats, and the messages themselves.
func TestCanary(t *testing.T) {
	echo := func(status int) func(int, http.ResponseWriter, *http.Request) {
		return func(_ int, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", r.URL.String())
			w.WriteHeader(status)
			_, _ = io.WriteString(w, fmt.Sprint(r.URL, r.Header)) //nolint:gosec // G705: it is no page
		}
	}
	for name, fail := range map[string]func(e *endpoint){
		"refused":  func(e *endpoint) { e.net.Refuse(true) },
		"echo":     func(e *endpoint) { e.handle(echo(http.StatusBadRequest)) },
		"echo 200": func(e *endpoint) { e.handle(echo(http.StatusOK)) },
		"echo 429": func(e *endpoint) { e.handle(echo(http.StatusTooManyRequests)) },
		"redirect": func(e *endpoint) { e.handle(echo(http.StatusFound)) },
		"gone":     func(e *endpoint) { e.handle(respondStatuses(404)) },
		"dial":     func(e *endpoint) { e.onDial = func(context.Context, int) error { return errLeak } },
		"hang": func(e *endpoint) {
			e.handle(func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		},
		"fine": func(*endpoint) {},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				fail(e)
				opts := append(canaryOptions(), webhookhook.WithHTTPClient(e.client()), webhookhook.WithLogger(e.logger()))
				h, err := webhookhook.New(canaryURL, opts...)
				if err != nil {
					t.Fatal(err)
				}
				p, err := webhookhook.NewPing(canaryURL, opts...)
				if err != nil {
					t.Fatal(err)
				}
				runOnce(t, "nightly", errLeak, h, p)
				exec := core.NewExecutor(core.WithName("nightly"))
				exec.Register(h, p)
				ctx := core.WithRun(t.Context(), core.RunInfo{Attrs: map[string]string{
					"url": canaryURL, "token": canaryToken,
					"header": canaryHeader,
				}})
				_ = core.ForEach(ctx, exec, []int{0}, func(context.Context, int) error { panic(errLeak) })
				time.Sleep(30 * time.Second)
				for _, hook := range []interface {
					core.Shutdowner
					core.StatsReporter
				}{h, p} {
					for how, text := range shownForms(hook) {
						checkNoCanary(t, how, text)
					}
					checkNoCanary(t, "stats", fmt.Sprintf("%+v", hook.Stats()))
					err := hook.Shutdown(closing.Done())
					for err != nil {
						checkNoCanary(t, "an error", fmt.Sprintf("%v %+v %#v", err, err, err))
						err = errors.Unwrap(err)
					}
				}
				for _, a := range e.attempts() {
					checkNoCanary(t, "a message", string(a.body))
				}
				for _, line := range e.recorder.all() {
					checkNoCanary(t, "the log", line)
				}
				synctest.Wait()
			})
		})
	}
}

func TestErrorsOfNewHideSecrets(t *testing.T) {
	for _, url := range []string{
		"", "canary", "https:canary", "://canary", "https://user:canary@", "https://h:canary/x", "https://h/%zzcanary",
		"https://h/\ncanary", "ftp://h/canary",
		"http://chat.example/canary", "http://hooks.slack.com/canary", "http://localhost:0canary/", "https://[canary]/", "https:///canary",
	} {
		_, err := webhookhook.New(url)
		_, pingErr := webhookhook.NewPing(url, webhookhook.WithPingURLs(url, url, url))
		if err == nil || pingErr == nil && url != "http://hooks.slack.com/canary" && url != "" {
			t.Errorf("%q is accepted: %v, %v", url, err, pingErr)
			continue
		}
		checkNoCanary(t, "an error", fmt.Sprintf("%v %+v %#v %v %+v", err, err, err, pingErr, pingErr))
		if !strings.Contains(err.Error(), ": the URL ") {
			t.Errorf("%q: %v", url, err)
		}
	}
	for name, opt := range map[string]webhookhook.Option{
		"WithHeader: the name":                   webhookhook.WithHeader("Canary: x", "canary"),
		`WithHeader("X-Key"): the value`:         webhookhook.WithHeader("X-Key", "canary\r\nHost: x"),
		`WithHeader("Content-Length"): the hook`: webhookhook.WithHeader("content-length", "canary"),
		`WithHeader("Webhook-Id"): the hook`:     webhookhook.WithHeader("webhook-id", "canary"),
		"WithHeader: all headers":                webhookhook.WithHeader("X-Key", strings.Repeat("canary", 2000)),
		"WithBearerToken":                        webhookhook.WithBearerToken("canary canary"),
		"WithSecret":                             webhookhook.WithSecret("whsec_canary"),
		`WithEvents("run_exploded")`:             webhookhook.WithEvents("run_exploded"),
		"WithMilestones(100)":                    webhookhook.WithMilestones(50, 100),
		"WithProgressInterval(1s)":               webhookhook.WithProgressInterval(time.Second),
		"WithRepeatInterval(-1ns)":               webhookhook.WithRepeatInterval(-1),
		"WithTimeout(0s)":                        webhookhook.WithTimeout(0),
		"WithQueueSize(0)":                       webhookhook.WithQueueSize(0),
		"WithPingURLs":                           webhookhook.WithPingURLs("https://h/canary", "", ""),
	} {
		_, err := webhookhook.New("https://hooks.slack.com"+secretPath, opt)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: New returned %v", name, err)
			continue
		}
		checkNoCanary(t, "an error", err.Error())
	}
}

func TestOptionsAreChecked(t *testing.T) {
	client := webhookhook.WithHTTPClient(&http.Client{})
	if _, err := webhookhook.New("https://hooks.slack.com/x", client, webhookhook.WithAddressFilter(webhookhook.PublicOnly)); err == nil {
		t.Error("New accepts a filter that the client does not use")
	}
	if _, err := webhookhook.NewPing("https://hc-ping.com/x", webhookhook.WithFormat(webhookhook.JSON()),
		webhookhook.WithMilestones(5)); err == nil ||
		!strings.Contains(err.Error(), "webhookhook: WithFormat: it has no effect on a ping; leave it out\nwebhookhook: WithMilestones: ") {
		t.Errorf("NewPing returned %v", err)
	}
	// Nil and empty values keep the defaults.
	h, err := webhookhook.New("https://hooks.slack.com/x", nil, webhookhook.WithFormat(nil), webhookhook.WithHTTPClient(nil),
		webhookhook.WithLinks(nil),
		webhookhook.WithRedactor(nil), webhookhook.WithAddressFilter(nil), webhookhook.WithLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	if h.HookName() != "webhookhook" || h.String() != "webhookhook(https://hooks.slack.com)" {
		t.Errorf("the name is %s, and the hook is shown as %s", h.HookName(), h)
	}
	for url, ok := range map[string]bool{
		"http://localhost:8065/hooks/x": true, "http://127.0.0.1/x": true, "http://[::1]/x": true, "http://mattermost.internal/x": false,
		"https://mattermost.internal/x": true, "http://discord.com/x": false,
	} {
		if _, err := webhookhook.New(url); (err == nil) != ok {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := webhookhook.New("http://mattermost.internal/x", webhookhook.WithPlainHTTP()); err != nil {
		t.Error(err)
	}
	if _, err := webhookhook.New("http://discord.com/x", webhookhook.WithPlainHTTP()); err == nil {
		t.Error("Discord over plain HTTP")
	}
}

// TestRedaction redacts texts before they are cut, with and without a redactor.
func TestRedaction(t *testing.T) {
	send := func(t *testing.T, err error, opts ...webhookhook.Option) (body string) {
		t.Helper()
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			h := e.hook(opts...)
			runOnce(t, "nightly", err, h)
			checkShutdown(t, h, "")
			for _, a := range e.attempts() {
				body += string(a.body)
			}
		})
		return body
	}
	long := errors.New(strings.Repeat("x", 190) + "password=hunter2")
	redact := webhookhook.WithRedactor(func(s string) string { return strings.ReplaceAll(s, "password=hunter2", "password=…") })
	if body := send(t, long, redact); strings.Contains(body, "hunter") || !strings.Contains(body, "password=…") {
		t.Errorf("sent %s", body)
	}
	if body := send(t, long); !strings.Contains(body, `xxpassword=…"`) { // 200 characters
		t.Errorf("sent %s", body)
	}
	if body := send(t, errBoom, webhookhook.WithoutErrorText()); strings.Contains(body, "boom") || !strings.Contains(body,
		`"first_failure":{"type":"errors.errorString","item":0}`) {
		t.Errorf("sent %s", body)
	}
	if body := send(t, errBoom, webhookhook.WithRedactor(func(string) string { panic("no") })); strings.Contains(body, "boom") ||
		!strings.Contains(body, "[redacted]") {
		t.Errorf("sent %s", body)
	}
}

// TestClientIsCopied checks that the hook does not change the user's client.
func TestClientIsCopied(t *testing.T) {
	transport := &http.Transport{}
	client := &http.Client{Transport: transport}
	if _, err := webhookhook.New("https://hooks.slack.com/x", webhookhook.WithHTTPClient(client)); err != nil {
		t.Fatal(err)
	}
	if client.CheckRedirect != nil || client.Transport != transport || transport.DisableCompression || transport.MaxResponseHeaderBytes != 0 ||
		transport.DialContext != nil || transport.TLSClientConfig != nil && transport.TLSClientConfig.MinVersion != 0 {
		t.Errorf("changed: %+v", client)
	}
}
