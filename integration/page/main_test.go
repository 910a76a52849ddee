package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/chunkscope/chunkscope/uihook"
)

// browser is the one that all tests share; each has tabs of its own.
var browser context.Context

func TestMain(m *testing.M) {
	var stop func()
	var err error
	browser, stop, err = openBrowser(context.Background())
	if err != nil {
		_, _ = os.Stderr.WriteString("page: " + err.Error() + "\n")
		os.Exit(1)
	}
	code := m.Run()
	stop()
	os.Exit(code)
}

// tab is a page in the browser.
type tab struct {
	*testing.T
	ctx    context.Context
	server *httptest.Server
}

// open shows the page of some runs.
func open(t *testing.T, runs func(*uihook.Hook), path string, l look) tab {
	t.Helper()
	h, err := newPage(runs)
	if err != nil {
		t.Fatal(err)
	}
	return openHandler(t, h, path, l)
}

func openHandler(t *testing.T, h http.Handler, path string, l look) tab {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	ctx, stop, err := openTab(browser, server.URL+path, l)
	t.Cleanup(stop)
	if err != nil {
		t.Fatal(err)
	}
	return tab{t, ctx, server}
}

// evaluate returns the value of an expression of the page.
func evaluate[V any](t tab, expression string) V {
	t.Helper()
	v, err := chromedp.Run(t.ctx, chromedp.Evaluate[V](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// waitFor waits until an expression is true.
func (t tab) waitFor(expression string) {
	t.Helper()
	if _, err := chromedp.Run(t.ctx, chromedp.Poll[bool](expression)); err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
}

// text returns what a reader sees of an element, in one line.
func (t tab) text(selector string) string {
	t.Helper()
	return strings.Join(strings.Fields(evaluate[string](t, `document.querySelector("`+selector+`")?.innerText ?? "(no `+selector+`)"`)), " ")
}

// wantText fails the test unless an element shows every part.
func (t tab) wantText(selector string, parts ...string) {
	t.Helper()
	text := t.text(selector)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s shows no %q: %.1500s", selector, part, text)
		}
	}
}

func (t tab) press(keys string) {
	t.Helper()
	if err := chromedp.Do(t.ctx, chromedp.KeyEvent(keys)); err != nil {
		t.Fatal(err)
	}
}

// newLiveRun returns a hook with a run, and a function that reports its progress.
func newLiveRun(t *testing.T) (*uihook.Hook, func(done int)) {
	t.Helper()
	h, err := uihook.New()
	if err != nil {
		t.Fatal(err)
	}
	ctx := job{name: "live", id: "L1", workers: 2, items: 1_000_000, elapsed: time.Second, speed: 1}.send(h)
	return h, func(done int) {
		p := progressAt(lastProgress(done), 2*time.Second, nil)
		h.OnProgress(ctx, p)
	}
}
