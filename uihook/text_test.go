package uihook_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/uihook"
)

func newHookWithStats(t *testing.T, hooks ...core.StatsReporter) *uihook.Hook {
	t.Helper()
	return newHook(t, uihook.WithStatsFrom(hooks...))
}

const canary = "s3cret"

// sendTexts sends a text in every place that a job can choose.
func sendTexts(h *uihook.Hook, text string) {
	start := core.RunStart{Executor: text, RunID: text, Attrs: map[string]string{text: text}, Items: 10, Workers: 1, Started: time.Now()}
	ctx := h.OnRunStart(context.Background(), start)
	e := chunkOf(start, 0, 0)
	e.RemoteWorker = text
	h.OnChunkEnd(ctx, e)
	h.OnItemFailure(ctx, core.ItemFailure{Items: 1, Name: text, Err: named(text)})
	h.OnChunkStart(ctx, core.ChunkStart{Chunk: 1, Items: 1, Started: time.Now()})
	h.OnProgress(ctx, core.Progress{Elapsed: 1, ChunksActive: 1, OldestChunk: core.ActiveChunk{Chunk: 1, Items: 1, Started: time.Now(), Name: text}})
	h.OnAnomaly(ctx, core.Anomaly{Kind: core.AnomalyKind(text), Message: text})
	h.OnFault(ctx, core.Fault{Hook: text})
	h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Outcome: core.OutcomeError, Err: errors.New(text)})
}

// named is an error that names its own kind.
type named string

func (n named) Error() string     { return string(n) }
func (n named) ErrorType() string { return string(n) }

var hostileTexts = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</title><script>`, `'onmouseover='alert(1)`, "javascript:alert(1)",
	"\u202egnp.exe", "مرحبا <b>", "a\x00b\x1b[2J\r\nc", "\xff\xfe\xc3", strings.Repeat("<b>", 1<<18), "${7*7}{{.}}", "--><!--", "\u2028\u2029",
}

func TestHostileTextsAreText(t *testing.T) {
	for _, text := range hostileTexts {
		checkTexts(t, text)
	}
}

func FuzzTexts(f *testing.F) {
	for _, text := range hostileTexts[:5] {
		f.Add(text)
	}
	f.Fuzz(checkTexts)
}

func checkTexts(t *testing.T, text string) {
	h := newHook(t)
	sendTexts(h, text)
	sendTexts(h, text)
	for _, path := range []string{"/", "/compare?a=1&b=2", "/api/v1/snapshot"} {
		got := get(t, h, path).text
		if len(got) > 60_000 || !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\x1b\u202e\u2028") {
			t.Errorf("%.60q at %s: %d bytes, or characters that nobody sees", text, path, len(got))
		}
		switch {
		case strings.Contains(path, "api"):
			if !json.Valid([]byte(got)) {
				t.Errorf("%.60q: no JSON: %.300s", text, got)
			}
		case strings.Count(got, "<script") != 1, strings.Contains(got, "<img"), strings.Contains(got, "<b>alert"), strings.Contains(got, "'onmouseover"):
			t.Errorf("%.60q at %s is not escaped", text, path)
		}
	}
}

func TestTheRedactorSeesEveryText(t *testing.T) {
	h := newHook(t, uihook.WithRedactor(func(s string) string { return strings.ReplaceAll(s, canary, "***") }))
	sendTexts(h, "token="+canary)
	for _, path := range []string{"/", "/api/v1/snapshot"} {
		text := get(t, h, path).text
		if i := strings.Index(text, canary); i >= 0 {
			t.Errorf("%s shows …%s", path, text[max(0, i-200):i+20])
		}
		wantPart(t, text, "***")
	}
}

func TestABrokenRedactorShowsNothing(t *testing.T) {
	h := newHook(t, uihook.WithRedactor(func(string) string { panic("broken") }))
	sendTexts(h, canary)
	text := get(t, h, "/").text
	wantPart(t, text, "[redacted]")
	if strings.Contains(text, canary) {
		t.Error("the page shows what the redactor did not return")
	}
}

func TestTheRedactorGetsALongTextWhole(t *testing.T) {
	long := strings.Repeat("x", 500) + canary + strings.Repeat("y", 1<<20)
	most := 0
	h := newHook(t, uihook.WithRedactor(func(s string) string {
		most = max(most, len(s))
		return strings.ReplaceAll(s, canary, "***")
	}))
	sendTexts(h, long)
	if text := get(t, h, "/").text; strings.Contains(text, canary[:4]) || most > 4096 {
		t.Errorf("the page shows a part of a secret, or the redactor got %d bytes", most)
	}
}

func TestTextsOfErrorsCanBeLeftOut(t *testing.T) {
	h := newHook(t, uihook.WithoutErrorText())
	start := core.RunStart{Executor: "import", Items: 10, Started: time.Now()}
	ctx := h.OnRunStart(context.Background(), start)
	h.OnItemFailure(ctx, core.ItemFailure{Items: 1, Err: errors.New(canary)})
	h.OnAnomaly(ctx, core.Anomaly{Kind: core.AnomalyErrorRate, Message: canary})
	h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Outcome: core.OutcomeError, Err: errors.New(canary)})
	text := get(t, h, "/").text
	wantPart(t, text, "errors.errorString", "error_rate", "The run failed.")
	if strings.Contains(text, canary) {
		t.Error("the page shows the text of an error")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	_, err := uihook.New(nil, uihook.WithHosts("a.example", "http://b", "", "::1", "c:80"), uihook.WithRedactor(nil))
	const reason = "it is no host; give a name or an address without scheme, port and path"
	want := `uihook: WithHosts("http://b"): ` + reason + "\n" + `uihook: WithHosts(""): ` + reason + "\n" + `uihook: WithHosts("c:80"): ` + reason
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// hangingHook does not answer until it is released.
type hangingHook struct{ release chan struct{} }

func (hangingHook) HookName() string { return "hanging" }

func (h hangingHook) Stats() core.HookStats {
	<-h.release
	return core.HookStats{}
}

func TestAHookThatHangsHoldsUpNoPage(t *testing.T) {
	hanging := hangingHook{make(chan struct{})}
	defer close(hanging.release)
	h := newHook(t, uihook.WithStatsFrom(hanging))
	if r := get(t, h, "/"); r.StatusCode != http.StatusOK {
		t.Errorf("status %d", r.StatusCode)
	}
}
