package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func at() time.Time { return time.Date(2000, 1, 2, 3, 4, 5, 0, time.UTC) }

// ask sends a request and returns the status and the body of the answer.
func ask(t *testing.T, h http.Handler, method, target, body string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

func TestAMessageIsAnsweredAsSlackDoes(t *testing.T) {
	h := new(inbox).handler(at)
	if status, body := ask(t, h, http.MethodPost, "/job", `{"text":"it failed"}`); status != http.StatusOK || body != "ok" {
		t.Errorf("answered %d %q", status, body)
	}
	_, body := ask(t, h, http.MethodGet, "/messages", "")
	var got []Message
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].From != "job" || got[0].Text != "it failed" || !got[0].At.Equal(at()) || string(got[0].Body) != `{"text":"it failed"}` {
		t.Errorf("messages: %s", body)
	}
}

func TestNothingArrivedIsAList(t *testing.T) {
	if _, body := ask(t, new(inbox).handler(at), http.MethodGet, "/messages", ""); body != "[]\n" {
		t.Errorf("messages: %q", body)
	}
}

func TestInvalidMessageIsRejected(t *testing.T) {
	box := new(inbox)
	for name, body := range map[string]string{"empty": "", "no JSON": "it failed", "too long": `"` + strings.Repeat("x", maxBytes) + `"`} {
		if status, _ := ask(t, box.handler(at), http.MethodPost, "/job", body); status != http.StatusBadRequest {
			t.Errorf("%s: answered %d", name, status)
		}
	}
	if len(box.read()) != 0 {
		t.Errorf("kept %v", box.read())
	}
}

func TestTextOfAMessage(t *testing.T) {
	for body, want := range map[string]string{
		`{"text":"a"}`: "a",
		`{"attachments":[{"fallback":"f","title":"t","text":"x"}]}`: "t\nx",
		`{"attachments":[{"fallback":"f"}]}`:                        "f",
		`{"text":"a","attachments":[{"text":"b"},{"text":"c"}]}`:    "a\nb\nc",
		`[1]`:           "",
		`{"other":"a"}`: "",
	} {
		if got := text([]byte(body)); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func TestTheInboxForgetsTheOldest(t *testing.T) {
	box := new(inbox)
	for i := range keep + 2 {
		box.put(Message{Text: fmt.Sprint(i)})
	}
	if got := box.read(); len(got) != keep || got[0].Text != "2" {
		t.Errorf("%d messages, the first is %q", len(got), got[0].Text)
	}
}

func TestThePageShowsTheNewestFirstAndEscapes(t *testing.T) {
	h := new(inbox).handler(at)
	if _, body := ask(t, h, http.MethodGet, "/", ""); !strings.Contains(body, "Nothing yet") {
		t.Errorf("the empty page: %s", body)
	}
	ask(t, h, http.MethodPost, "/job", `{"text":"first <script>"}`)
	ask(t, h, http.MethodPost, "/alerts", `{"text":"second"}`)
	status, body := ask(t, h, http.MethodGet, "/", "")
	first, second := strings.Index(body, "<p>first &lt;script&gt;</p>"), strings.Index(body, "<p>second</p>")
	if status != http.StatusOK || second < 0 || first < second || !strings.Contains(body, "03:04:05 UTC, to /alerts") || strings.Contains(body, "<script") {
		t.Errorf("%d, first at %d, second at %d: %s", status, first, second, body)
	}
}
