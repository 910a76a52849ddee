package uihook_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/uihook"
)

var everyPath = []string{
	"/", "/page.css", "/page.js", "/healthz", "/compare?a=1&b=2", "/api/v1/snapshot", "/api/v1/attention", "/api/v1/throughput", "/api/v1/workers",
	"/api/v1/histogram", "/api/v1/slowest", "/api/v1/failures", "/api/v1/runs", "/api/v1/exporters", "/api/v1/compare?a=1&b=2",
}

func TestEveryAnswerHasStrictHeaders(t *testing.T) {
	h := newHook(t)
	startRun(h, "r1", 10, 1)
	startRun(h, "r2", 10, 1)
	for _, path := range append(everyPath, "/none", "/api/v1/none", "/?run=x") {
		r := get(t, h, path)
		_ = r.text
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := r.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", path, header, got, want)
			}
		}
		policy := r.Header.Get("Content-Security-Policy")
		wantPart(t, policy, "default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%s: the policy is lax: %s", path, policy)
		}
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	h := newHook(t)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch, http.MethodTrace, "HACK"} {
		r := ask(t, h, method, "/")
		if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: status %d, Allow %q", method, r.StatusCode, r.Header.Get("Allow"))
		}
	}
	for _, path := range everyPath[:4] {
		g, r := get(t, h, path), ask(t, h, http.MethodHead, path)
		if r.StatusCode != http.StatusOK || r.text != "" || r.ContentLength != g.ContentLength || r.Header.Get("ETag") != g.Header.Get("ETag") {
			t.Errorf("HEAD %s: status %d, body %q, %d bytes instead of %d", path, r.StatusCode, r.text, r.ContentLength, g.ContentLength)
		}
	}
}

func TestThePageWorksBelowAnyPath(t *testing.T) {
	h := newHook(t)
	startRun(h, "r1", 10, 1)
	startRun(h, "r2", 10, 1)
	mux := http.NewServeMux()
	mux.Handle("/debug/chunkscope/", h)
	mux.Handle("/a/b/", http.StripPrefix("/a/b", h))
	mux.Handle("/c/", http.StripPrefix("/c/", h))
	mux.Handle("/", h)
	for _, prefix := range []string{"/debug/chunkscope", "/a/b", ""} {
		for _, path := range everyPath {
			if r := get(t, mux, prefix+path); r.StatusCode != http.StatusOK {
				t.Errorf("%s%s: status %d: %s", prefix, path, r.StatusCode, r.text)
			}
		}
	}
	if r := get(t, mux, "/debug/chunkscope"); r.StatusCode/100 != 3 || r.Header.Get("Location") != "/debug/chunkscope/" {
		t.Errorf("without the slash: status %d, to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if r := get(t, mux, "/c/"); r.StatusCode/100 == 3 {
		t.Errorf("a prefix stripped with its slash: status %d, to %q", r.StatusCode, r.Header.Get("Location"))
	}
}

func TestThePageLoadsNothingFromElsewhere(t *testing.T) {
	h := newHook(t)
	startRun(h, "r1", 10, 1)
	startRun(h, "r2", 10, 1)
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son\w+=|javascript:|<script[^>]*>[^<]`)
	for _, path := range everyPath[:5] {
		text := get(t, h, path).text
		if i := strings.Index(text, "//"); i >= 0 && path != "/page.js" {
			t.Errorf("%s has an address: %.60q", path, text[i:])
		}
		if m := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9]+\.|@import|url\(`).FindString(text); m != "" {
			t.Errorf("%s: %q", path, m)
		}
		if m := inline.FindString(text); m != "" && !strings.HasPrefix(path, "/page.") {
			t.Errorf("%s has inline code: %q", path, m)
		}
	}
}

func TestAnswersAreCompressedWhereTheViewerCan(t *testing.T) {
	h := newHook(t)
	for header, want := range map[string]string{
		"": "", "gzip": "gzip", "br, gzip;q=0.5": "gzip", "GZIP": "gzip", "*": "gzip", "gzip;q=0": "", "identity": "", "gzip;q=x": "", "x-gzip": "",
	} {
		r := get(t, h, "/", "Accept-Encoding", header)
		if got := r.Header.Get("Content-Encoding"); got != want || r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: encoding %q, want %q; Vary %q", header, got, want, r.Header.Get("Vary"))
		}
		wantPart(t, r.text, "<!doctype html>")
	}
}

func TestAViewerLoadsNothingTwice(t *testing.T) {
	h := newHook(t)
	for _, path := range everyPath[:4] {
		tag := get(t, h, path).Header.Get("ETag")
		for _, given := range []string{tag, `"other", ` + tag, "*", strings.TrimPrefix(tag, "W/")} {
			r := get(t, h, path, "If-None-Match", given)
			if r.StatusCode != http.StatusNotModified || r.text != "" {
				t.Errorf("%s with %s: status %d, %d bytes", path, given, r.StatusCode, len(r.text))
			}
		}
		if r := get(t, h, path, "If-None-Match", `"other"`); r.StatusCode != http.StatusOK {
			t.Errorf("%s with another tag: status %d", path, r.StatusCode)
		}
	}
}

// TestAPageAtRestStaysTheSame expects 304 as long as nothing happens, however long.
func TestAPageAtRestStaysTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t)
		ctx, start := startRun(h, "r1", 10, 1)
		tag := func() string { return get(t, h, "/").Header.Get("ETag") }
		first := tag()
		time.Sleep(time.Second)
		if running := tag(); running == first {
			t.Error("the page of an active run does not change")
		}
		h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Ended: time.Now(), Duration: time.Second, Outcome: core.OutcomeOK})
		time.Sleep(time.Second)
		rest := tag()
		time.Sleep(time.Hour)
		if later := tag(); later != rest {
			t.Error("the page changes although nothing happens")
		}
		startRun(h, "r2", 10, 1)
		time.Sleep(time.Second)
		if next := tag(); next == rest {
			t.Error("the page does not show the next run")
		}
	})
}

// countingHook counts the calls of Stats: one a snapshot.
type countingHook struct{ calls atomic.Int64 }

func (*countingHook) HookName() string { return "counting" }

func (c *countingHook) Stats() core.HookStats {
	c.calls.Add(1)
	return core.HookStats{Produced: 3, Delivered: 1, Errors: 2, Pending: 1, Dropped: map[string]uint64{"queue_full": 1}}
}

func TestAHundredViewersShareASnapshotASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		counting := &countingHook{}
		h := newHook(t, uihook.WithStatsFrom(counting, nil))
		startRun(h, "r1", 10, 1)
		time.Sleep(time.Minute)
		if n := counting.calls.Load(); n != 0 {
			t.Errorf("%d snapshots while nobody looked", n)
		}
		for range 10 {
			for range 100 {
				for _, path := range []string{"/", "/api/v1/snapshot", "/?run=1", "/api/v1/workers?run=1"} {
					go func() { _ = get(t, h, path).text }()
				}
			}
			time.Sleep(time.Second)
		}
		if n := counting.calls.Load(); n != 10 {
			t.Errorf("%d snapshots in 10 s, want 10", n)
		}
	})
}

func TestOtherHostsAreRefusedOnLoopback(t *testing.T) {
	h := newHook(t, uihook.WithHosts("jobs.example.com"))
	server := httptest.NewServer(h)
	defer server.Close()
	status := func(host string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		return answer.StatusCode
	}
	for host, want := range map[string]int{
		"": 200, "localhost": 200, "LocalHost:80": 200, "127.0.0.1:6070": 200, "[::1]:6070": 200, "[::ffff:127.0.0.1]": 200, "jobs.example.com": 200, "JOBS.example.com:443": 200,
		"evil.example": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example": 421, "10.0.0.1": 421, "evil.example:6070": 421,
	} {
		if got := status(host); got != want {
			t.Errorf("host %q: status %d, want %d", host, got, want)
		}
	}
	remote := context.WithValue(t.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)})
	r := httptest.NewRequestWithContext(remote, http.MethodGet, "/", nil)
	r.Host = "jobs.internal"
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Errorf("a request to another address: status %d", w.Code)
	}
}

func TestQueriesAreChecked(t *testing.T) {
	h := newHook(t)
	startRun(h, "r1", 10, 1)
	for path, want := range map[string]int{
		"/?run=1": 200, "/?run=": 200, "/?other=1": 200, "/?run=2": 404, "/?run=0": 400, "/?run=-1": 400, "/?run=x": 400, "/?run=99999999999999999999": 400,
		"/compare": 400, "/compare?a=1": 400, "/compare?a=1&b=1": 200, "/compare?a=1&b=7": 404, "/api/v1/compare?a=7&b=1": 404, "/api/v1/runs?run=x": 400,
		"/api/v1": 404, "/api/v1/": 200, "/api/v2/snapshot": 404, "/index.html": 404, "/static/page.html": 404, "/../page.html": 404, "/page.css/": 200,
	} {
		r := get(t, h, path)
		if r.StatusCode != want || want >= 400 && strings.Contains(r.text, "99999") {
			t.Errorf("%s: status %d, want %d: %.100s", path, r.StatusCode, want, r.text)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("/", "run=1", "gzip", `"x"`)
	f.Add("", "a=1&b=2", "*;q=", "*")
	f.Add("/x/api/v1/compare", "a=1&b=2;%zz", "gzip;;q==1", ",,")
	f.Add("compare", "run=\xff&a=+1&b=0x1", ",gzip", "W/")
	h := newHook(f)
	startRun(h, "r1", 10, 1)
	startRun(h, "r2", 10, 1)
	f.Fuzz(func(t *testing.T, path, query, encoding, tag string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery, r.RequestURI = path, query, path+"?"+query
		r.Header["Accept-Encoding"], r.Header["If-None-Match"] = []string{encoding}, []string{tag}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch w.Code {
		case 200, 304, 400, 404:
		case 302:
			if to := w.Header().Get("Location"); strings.Contains(to, "//") || strings.Contains(to, ":") {
				t.Errorf("%q leads to %q", path, to)
			}
		default:
			t.Errorf("%q?%q: status %d", path, query, w.Code)
		}
	})
}
