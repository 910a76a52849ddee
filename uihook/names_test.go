package uihook_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/uihook"
)

var testedRows = core.NewCounter("tested_rows", "rows", "Rows of a test.")

// runNamed runs three items, of which the second takes long and the last one fails. It
// calls look 40 s into the second, and after the run.
func runNamed(t *testing.T, name func(int) string, look func(h *uihook.Hook, ended bool), opts ...uihook.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, opts...)
		exec := core.NewExecutor(core.WithName("load"), core.WithWorkers(1), core.WithChunkSize(1), core.WithItemName(name))
		exec.Register(h)
		_ = core.ForEach(t.Context(), exec, []int{0, 1, 2}, func(ctx context.Context, i int) error {
			testedRows.Add(ctx, 1000)
			switch i {
			case 1:
				time.Sleep(40 * time.Second)
				look(h, false)
			case 2:
				return named("bad row")
			}
			return nil
		})
		time.Sleep(time.Minute)
		look(h, true)
	})
}

func TestNamesAndCounters(t *testing.T) {
	files := []string{"a.csv", "b.csv", "c.csv"}
	name := func(i int) string { return files[i] }
	runNamed(t, name, func(h *uihook.Hook, ended bool) {
		page, data := get(t, h, "/").text, get(t, h, "/api/v1/snapshot").text
		if !ended {
			wantPart(t, page, "Chunk #1 (item 1, now at b.csv) has been worked on", `<bdi title="b.csv">b.csv</bdi>`, "<dt>tested_rows</dt><dd>1,000 <small>rows</small></dd>")
			wantPart(t, data, `"now":{"chunk":1,"name":"b.csv"`, `"counters":[{"name":"tested_rows","unit":"rows","value":1000}]`)
			return
		}
		wantPart(t, page, "#1 <bdi>b.csv</bdi>", "<bdi>2 (c.csv)</bdi>", "item 2 (c.csv): bad row", "<dd>3,000 <small>rows")
		wantPart(t, data, `{"chunk":1,"name":"b.csv"`, `"examples":[{"index":2,"items":1,"name":"c.csv"}]`)
		if strings.Contains(data, "a.csv") {
			t.Errorf("a fast chunk is named: %s", data)
		}
		wantPart(t, get(t, h, "/api/v1/counters").text, `[{"name":"tested_rows","unit":"rows","value":3000}]`)
	})
	runNamed(t, name, func(h *uihook.Hook, _ bool) {
		if got := get(t, h, "/").text + get(t, h, "/api/v1/snapshot").text; strings.Contains(got, ".csv") {
			t.Errorf("without texts of errors there is a name: %s", got)
		}
	}, uihook.WithoutErrorText())
	runNamed(t, name, func(h *uihook.Hook, _ bool) {
		if got := get(t, h, "/").text + get(t, h, "/api/v1/snapshot").text; strings.Contains(got, "b.csv") || strings.Contains(got, "c.csv") {
			t.Errorf("a name is not redacted: %s", got)
		}
	}, uihook.WithRedactor(func(s string) string { return strings.ReplaceAll(s, ".csv", "") }))
}

func TestHostileNames(t *testing.T) {
	for _, hostile := range append([]string{"\x1b[2Jred\x07", "a\nb\r\nc"}, hostileTexts...) {
		runNamed(t, func(int) string { return hostile }, func(h *uihook.Hook, _ bool) {
			page, data := get(t, h, "/").text, get(t, h, "/api/v1/snapshot").text
			if !utf8.ValidString(page+data) || strings.ContainsAny(page+data, "\x00\x1b\u202e\u2028") || !json.Valid([]byte(data)) || len(page+data) > 60_000 {
				t.Errorf("%.20q becomes %.3000s", hostile, page)
			}
			if strings.Count(page, "<script") != 1 || strings.Contains(page, "<img") || strings.Contains(page, "<b><b>") {
				t.Errorf("%.20q is not escaped", hostile)
			}
		})
	}
}
