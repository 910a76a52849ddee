package webhookhook_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func (e *endpoint) ping(url string, opts ...webhookhook.Option) *webhookhook.Ping {
	e.t.Helper()
	p, err := webhookhook.NewPing(url, append([]webhookhook.Option{
		webhookhook.WithHTTPClient(e.client()), webhookhook.WithPlainHTTP(),
		webhookhook.WithRandom(func() float64 { return 1 }), webhookhook.WithLogger(e.logger()),
	}, opts...)...)
	if err != nil {
		e.t.Fatal(err)
	}
	return p
}

func TestPingHealthchecks(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		p := e.ping("http://hc.example/ping/abc?create=1")
		runOnce(t, "nightly", nil, p)
		runOnce(t, "nightly", errBoom, p)
		checkShutdown(t, p, "")
		var got, rids []string
		for _, a := range e.attempts() {
			u, err := url.Parse(a.url)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, u.Path)
			rids = append(rids, u.Query().Get("rid"))
			if u.Query().Get("create") != "1" {
				t.Errorf("the URL's own query is lost: %s", a.url)
			}
		}
		if want := []string{"/ping/abc/start", "/ping/abc", "/ping/abc/start", "/ping/abc/fail"}; !slices.Equal(got, want) {
			t.Errorf("pinged %v, want %v", got, want)
		}
		if rids[0] != rids[1] || rids[2] != rids[3] || rids[0] == rids[2] ||
			!regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(rids[0]) {
			t.Errorf("run ids %v", rids)
		}
		if body := string(e.attempts()[3].body); !strings.HasPrefix(body, "nightly failed after 0s: 1 of 1 item failed\n") ||
			!strings.Contains(body, "errors.errorString: boom") {
			t.Errorf("the summary is %s", body)
		}
		checkStats(t, p, 4, 4, 0, nil)
	})
}

func TestPingCronitor(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		p := e.ping("http://cronitor.link/p/key/nightly")
		ctx := p.OnRunStart(t.Context(), core.RunStart{Executor: "nightly & co", RunID: "a/b&state=complete", Items: 7})
		p.OnRunEnd(ctx, core.RunEnd{
			RunStart: core.RunStart{Executor: "nightly & co", RunID: "a/b&state=complete", Items: 7}, Outcome: core.OutcomeError,
			Duration: 1500 * time.Millisecond, ItemsDone: 7, ItemsFailed: 2, Err: errBoom,
		})
		checkShutdown(t, p, "")
		got := e.attempts()
		if len(got) != 2 {
			t.Fatalf("%d pings", len(got))
		}
		for i, want := range []url.Values{
			{"state": {"run"}, "series": {"a/b&state=complete"}, "message": {"nightly & co started: 7 items"}},
			{
				"state": {"fail"}, "series": {"a/b&state=complete"}, "message": {"nightly & co failed after 1.5s: 2 of 7 items failed"},
				"metric": {"count:7", "error_count:2", "duration:1.500"},
			},
		} {
			u, _ := url.Parse(got[i].url)
			if u.Path != "/p/key/nightly" || u.Query().Encode() != want.Encode() {
				t.Errorf("pinged %s, want %s", got[i].url, want.Encode())
			}
		}
	})
}

func TestPingURLs(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		p := e.ping("", webhookhook.WithPingURLs("", "http://x.example/{executor}/{items}/{failed}/{duration}",
			"http://x.example/down/{run_id}?s={summary}"))
		runOnce(t, "../a b?c", nil, p)
		checkShutdown(t, p, "")
		if got := e.attempts(); len(got) != 1 || got[0].url != "/..%2Fa%20b%3Fc/1/0/0.000" {
			t.Errorf("pinged %v", got)
		}
	})
	for _, bad := range []string{"https://x/{nothing}", "https://x/{", "x", "http://x.example/"} {
		if _, err := webhookhook.NewPing("", webhookhook.WithPingURLs(bad, "", "")); err == nil || !strings.Contains(err.Error(),
			"webhookhook: WithPingURLs: the URL for starts ") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := webhookhook.NewPing("", webhookhook.WithPingURLs("", "", "")); err == nil {
		t.Error("a ping without URLs")
	}
}

// TestPingIsRetried lets nine attempts fail. Without retries, a success would look
// like a run that did not take place.
func TestPingIsRetried(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.handle(func(n int, w http.ResponseWriter, _ *http.Request) {
			if n < 9 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
		p := e.ping("http://hc.example/ping/abc")
		runOnce(t, "nightly", nil, p)
		time.Sleep(5 * time.Minute)
		// The start yields to the success, which is retried until it is delivered.
		var paths []string
		for _, a := range e.attempts() {
			path, _, _ := strings.Cut(a.url, "?")
			paths = append(paths, path)
		}
		if len(paths) != 10 || paths[1] != "/ping/abc" || paths[9] != "/ping/abc" {
			t.Errorf("pinged %v", paths)
		}
		checkShutdown(t, p, "")
	})
}
