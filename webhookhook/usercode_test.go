package webhookhook_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// TestUserCodeThatFails looks at what happens to the message at once.
func TestUserCodeThatFails(t *testing.T) {
	format := func(f formatFunc) webhookhook.Option { return webhookhook.WithFormat(f) }
	transport := func(f roundTripFunc) webhookhook.Option {
		return webhookhook.WithHTTPClient(&http.Client{Transport: f})
	}
	for name, c := range map[string]struct {
		opt  webhookhook.Option
		want string // what happens to the message
	}{
		"format that panics": {format(func(webhookhook.Message) (string, []byte, error) { panic("format") }), "format_error"},
		"format that exits": {
			format(func(webhookhook.Message) (string, []byte, error) { runtime.Goexit(); return "", nil, nil }),
			"format_error",
		},
		"format that fails": {format(func(webhookhook.Message) (string, []byte, error) { return "", nil, errBoom }), "format_error"},
		"format of 16 KiB":  {format(func(webhookhook.Message) (string, []byte, error) { return "", make([]byte, 16<<10), nil }), "delivered"},
		"format of more": {format(func(webhookhook.Message) (string, []byte, error) {
			return "", make([]byte, 16<<10+1),
				nil
		}), "format_error"},
		"transport that panics":   {transport(func(*http.Request) (*http.Response, error) { panic("transport") }), "pending"},
		"links that panic":        {webhookhook.WithLinks(func(core.RunInfo) []webhookhook.Link { panic("links") }), "delivered"},
		"redactor that panics":    {webhookhook.WithRedactor(func(string) string { panic("redactor") }), "delivered"},
		"redactor that exits":     {webhookhook.WithRedactor(func(string) string { runtime.Goexit(); return "" }), "delivered"},
		"log handler that panics": {webhookhook.WithLogger(slog.New(panickingHandler{})), "delivered"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				h := e.hook(c.opt)
				runOnce(t, "nightly", errBoom, h)
				synctest.Wait()
				s := h.Stats()
				result := "pending"
				switch {
				case s.Delivered == 1:
					result = "delivered"
				case s.Dropped["format_error"] == 1:
					result = "format_error"
				}
				if result != c.want {
					t.Errorf("the message is %s, want %s: %+v", result, c.want, s)
				}
				e.net.Refuse(true) // something to log
				runOnce(t, "other", errBoom, h)
				synctest.Wait()
				dropAll(h)
			})
		})
	}
}

type panickingHandler struct{ slog.Handler }

func (panickingHandler) Enabled(context.Context, slog.Level) bool { panic("log") }

// TestCookiesAreNotKept uses a client with a cookie jar.
func TestCookiesAreNotKept(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", HttpOnly: true, Secure: false}) //nolint:gosec // G124: a test
		})
		client := e.client()
		client.Jar, _ = cookiejar.New(nil)
		h := e.hook(webhookhook.WithHTTPClient(client))
		runOnce(t, "a", errBoom, h)
		runOnce(t, "b", errBoom, h)
		checkShutdown(t, h, "")
		for _, a := range e.attempts() {
			if cookie := a.header.Get("Cookie"); cookie != "" {
				t.Errorf("sent the cookie %s", cookie)
			}
		}
	})
}

type formatFunc func(webhookhook.Message) (string, []byte, error)

func (f formatFunc) Encode(m webhookhook.Message) (string, []byte, error) { return f(m) }

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
