package loghook_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/loghook"
)

var testedRows = core.NewCounter("tested_rows", "rows", "Rows of a test.")

func TestNamesAndCounters(t *testing.T) {
	var out bytes.Buffer
	h := newHook(t, loghook.WithLogger(logger(&out)))
	exec := core.NewExecutor(core.WithName("load"), core.WithWorkers(1), core.WithContinueOnError(), core.WithItemName(func(s string) string { return s }))
	exec.Register(h)
	work := func(ctx context.Context, _ string) error { testedRows.Add(ctx, 21); return errRow }
	_ = core.ForEach(t.Context(), exec, []string{"a.csv", "b.csv"}, work)
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for _, part := range []string{`msg="item failed"`, "index=1 name=b.csv chunk=", `error="item 1 (b.csv): bad row"`, "counters.tested_rows=42"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("no %s in\n%s", part, &out)
		}
	}
}

// hostileNames are names that do harm where they are not escaped.
var hostileNames = []string{
	"\x1b[2Jred\x07", "a\nb\r\nc", "\u202ecba\u2066", "a\xff\xfe", strings.Repeat("0123456789abcdé", 1<<16), `<b>"x"</b>`, "<!channel> *b* ```",
}

func TestHostileNames(t *testing.T) {
	for _, hostile := range hostileNames {
		var out bytes.Buffer
		h := newHook(t, loghook.WithLogger(logger(&out)))
		exec := core.NewExecutor(core.WithItemName(func(int) string { return hostile }))
		exec.Register(h)
		_ = core.ForEach(t.Context(), exec, []int{1}, func(context.Context, int) error { return errRow })
		_ = h.Shutdown(t.Context())
		if got := out.String(); strings.Count(got, "\n") != 3 || len(got) > 3000 || !utf8.ValidString(got) || strings.ContainsAny(got, "\x1b\r\u202e") || !strings.Contains(got, " name=") {
			t.Errorf("%.20q is logged as\n%.3000s", hostile, got)
		}
	}
}
