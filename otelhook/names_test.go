package otelhook_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

const chunkName = "chunkscope.chunk.name"

// TestSpansHaveNames checks which chunks' spans have a name: those that failed and those
// that took a second or more, whenever their spans are made.
func TestSpansHaveNames(t *testing.T) {
	for _, which := range []otelhook.ChunkSpans{otelhook.All, otelhook.SlowOrFailed} {
		synctest.Test(t, func(t *testing.T) {
			th := newTestHook(otelhook.WithChunkSpans(which))
			exec := th.executor(core.WithWorkers(1), core.WithChunkSize(10), core.WithContinueOnError(), core.WithItemName(func(i int) string { return "row-" + string(rune('A'+i)) }))
			items := make([]int, 50)
			for i := range items {
				items[i] = i
			}
			_ = core.ForEach(t.Context(), exec, items, func(_ context.Context, i int) error {
				switch i {
				case 15:
					time.Sleep(2 * time.Second)
				case 33:
					return throttledError{}
				}
				return nil
			})
			for _, s := range th.named("chunk import") {
				want := map[int64]string{1: "row-K … row-T", 3: "row-b"}[s.attrs["chunkscope.chunk.index"].AsInt64()]
				s.wantAttrs(t, map[string]string{chunkName: want})
			}
			if n := len(th.named("chunk import")); n < 2 {
				t.Errorf("%d spans of chunks", n)
			}
			for name, m := range th.collect(t) {
				for attrs := range values(m) {
					if strings.Contains(attrs, "row-") {
						t.Errorf("%s has a name: %s", name, attrs)
					}
				}
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
		th := newTestHook()
		exec := th.executor(core.WithItemName(func(int) string { return hostile }))
		_ = core.ForEach(t.Context(), exec, []int{1}, func(context.Context, int) error { return throttledError{} })
		name := th.one(t, "chunk import").attrs[chunkName].AsString()
		if name == "" || len(name) > 300 || !utf8.ValidString(name) || strings.ContainsAny(name, "\x1b\n\r\u202e") {
			t.Errorf("%.20q becomes %q", hostile, name)
		}
	}
}
