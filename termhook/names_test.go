package termhook_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

var (
	testedRows = core.NewCounter("tested_rows", "rows", "Rows of a test.")
	testedRead = core.NewCounter("tested", "bytes", "Bytes of a test.")
)

// runNamed runs three items, of which the second takes long and the last one fails.
func runNamed(t *testing.T, mode termhook.Mode, name func(int) string) string {
	t.Helper()
	out := &buffer{}
	h := newHook(t, mode, terminal{out})
	exec := core.NewExecutor(core.WithName("load"), core.WithWorkers(1), core.WithChunkSize(1), core.WithItemName(name))
	exec.Register(h)
	_ = core.ForEach(t.Context(), exec, []int{0, 1, 2}, func(ctx context.Context, i int) error {
		testedRows.Add(ctx, 1000)
		testedRead.Add(ctx, 7)
		switch i {
		case 1:
			time.Sleep(40 * time.Second)
		case 2:
			return errRow
		}
		return nil
	})
	_ = h.Shutdown(context.Background())
	return out.String()
}

func TestNamesAndCounters(t *testing.T) {
	files := []string{"a.csv", "b.csv", "c.csv"}
	for mode, parts := range map[termhook.Mode][]string{
		termhook.ModeTTY: {
			"! b.csv has been running for 30s", "failed   item 2 (c.csv): bad row", "slowest  #1 40s, item 1 on w0: b.csv",
			"counted  tested 21 bytes, tested_rows 3,000",
		},
		termhook.ModePlain: {`error="item 2 (c.csv): bad row"`, " slowest_name=b.csv ", " counters=tested:21,tested_rows:3000 ", " oldest_name=b.csv"},
		termhook.ModeJSON: {
			`"oldest_chunk_name":"b.csv"`, `"failures":["item 2 (c.csv): bad row"]`, `{"chunk":1,"name":"b.csv","offset":1`,
			`"counters":[{"name":"tested","unit":"bytes","value":21},{"name":"tested_rows","unit":"rows","value":3000}]`,
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := runNamed(t, mode, func(i int) string { return files[i] })
			for _, part := range parts {
				if !strings.Contains(got, part) {
					t.Errorf("%s: no %s in\n%s", mode, part, got)
				}
			}
			if strings.Contains(got, "a.csv") {
				t.Errorf("%s: a fast chunk is named:\n%s", mode, got)
			}
		})
	}
}

// hostileNames are names that do harm where they are not escaped.
var hostileNames = []string{
	"\x1b[2Jred\x07", "a\nb\r\nc", "\u202ecba\u2066", "a\xff\xfe", strings.Repeat("0123456789abcdé", 1<<16), `<b>"x"</b>`, "<!channel> *b* ```",
}

func TestHostileNames(t *testing.T) {
	for _, hostile := range hostileNames {
		for _, mode := range writingModes {
			synctest.Test(t, func(t *testing.T) {
				got := runNamed(t, mode, func(int) string { return hostile })
				clean := got
				for _, escape := range []string{"\x1b[K", "\x1b[J", "\x1b[31m", "\x1b[33m", "\x1b[m", "\x1b[1A", "\x1b[2A", "\r"} {
					clean = strings.ReplaceAll(clean, escape, "")
				}
				if !utf8.ValidString(clean) || control.MatchString(clean) || strings.Contains(clean, "\u202e") || len(got) > 100_000 {
					t.Errorf("%s: %.20q becomes %.3000q", mode, hostile, clean)
				}
			})
		}
	}
}
