package webhookhook_test

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

var (
	testedRows = core.NewCounter("tested_rows", "rows", "Rows of a test.")
	testedRead = core.NewCounter("tested", "bytes", "Bytes of a test.")
)

// runNamed runs three items, of which the second takes long and the last one fails, and
// returns the message in a format.
func runNamed(t *testing.T, name func(int) string, format webhookhook.Format, opts ...webhookhook.Option) (body string) {
	t.Helper()
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook(append([]webhookhook.Option{webhookhook.WithFormat(format)}, opts...)...)
		exec := core.NewExecutor(core.WithName("load"), core.WithWorkers(1), core.WithChunkSize(1), core.WithItemName(name))
		exec.Register(h)
		_ = core.ForEach(t.Context(), exec, []int{0, 1, 2}, func(ctx context.Context, i int) error {
			testedRows.Add(ctx, 1000)
			testedRead.Add(ctx, 7)
			switch i {
			case 1:
				time.Sleep(40 * time.Second)
			case 2:
				return errBoom
			}
			return nil
		})
		checkShutdown(t, h, "")
		for _, a := range e.attempts() {
			body += string(a.body)
		}
	})
	return body
}

func TestNamesAndCounters(t *testing.T) {
	files := []string{"a.csv", "b.csv", "c.csv"}
	name := func(i int) string { return files[i] }
	for format, parts := range map[webhookhook.Format][]string{
		webhookhook.Slack(): {"item 2 (c.csv): errors.errorString: boom", "40s (#1, b.csv)", "tested 21 bytes, tested_rows 3,000"},
		webhookhook.JSON(): {
			`"name":"c.csv"`, `"slowest_name":"b.csv"`,
			`"counters":[{"name":"tested","unit":"bytes","value":21},{"name":"tested_rows","unit":"rows","value":3000}]`,
		},
	} {
		got := runNamed(t, name, format)
		for _, part := range parts {
			if !strings.Contains(got, part) {
				t.Errorf("no %s in %s", part, got)
			}
		}
		if strings.Contains(got, "a.csv") {
			t.Errorf("a fast chunk is named: %s", got)
		}
		if got := runNamed(t, name, format, webhookhook.WithoutErrorText()); strings.Contains(got, ".csv") || !strings.Contains(got, "3,000") && !strings.Contains(got, "3000") {
			t.Errorf("without texts of errors: %s", got)
		}
		redact := webhookhook.WithRedactor(func(s string) string { return strings.ReplaceAll(s, ".csv", "") })
		if got := runNamed(t, name, format, redact); strings.Contains(got, ".csv") {
			t.Errorf("a name is not redacted: %s", got)
		}
	}
}

func TestHostileNames(t *testing.T) {
	for _, hostile := range append([]string{"\x1b[2Jred\x07", "a\nb\r\nc"}, hostileTexts...) {
		for kind, format := range formats {
			got := runNamed(t, func(int) string { return hostile }, format)
			if len(got) > webhookhook.MaxBody || !utf8.ValidString(got) || strings.ContainsAny(got, "\x1b\u202e") {
				t.Errorf("%s: %.20q becomes %.3000q", kind, hostile, got)
			}
			if err := checkLimits(kind, []byte(got)); err != nil {
				t.Errorf("%s: %.20q: %v", kind, hostile, err)
			}
		}
	}
}
