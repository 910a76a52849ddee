package loghook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/loghook"
)

// FuzzText gives arbitrary texts to every record. Each record must stay one line
// with its message.
func FuzzText(f *testing.F) {
	f.Add("nightly", "r1", "bad row", "tenant", 1.5)
	f.Add("\x1b[2J\r\n", "\u202e", "a\x9bb\xff", "", -1e308)
	f.Add(strings.Repeat("é", 500), "", " ", "\"=\\", 1e-320)
	messages := []string{"run started", "item failed", "anomaly began", "run progress", "run ended"}
	f.Fuzz(func(t *testing.T, name, id, text, key string, number float64) {
		var out bytes.Buffer
		h := newHook(t, loghook.WithLogger(slog.New(slog.NewJSONHandler(&out, nil))), loghook.WithProgress(1))
		w := h.Unwrap().(interface {
			core.HookRunStart
			core.HookRunEnd
			core.HookItemFailure
			core.HookAnomaly
			core.HookProgress
		})
		ctx := w.OnRunStart(t.Context(), core.RunStart{Executor: name, RunID: id, Attrs: map[string]string{key: text, text: key}, Items: -1})
		err := errors.New(text)
		w.OnItemFailure(ctx, core.ItemFailure{Err: err, Items: 1, Name: text})
		w.OnAnomaly(ctx, core.Anomaly{Kind: core.AnomalyKind(key), Message: text, Value: number})
		w.OnProgress(ctx, core.Progress{Elapsed: 1, Throughput: number, ItemsDone: 1})
		w.OnRunEnd(ctx, core.RunEnd{Err: err, Outcome: core.OutcomeError, Custom: []core.CounterValue{{Name: text, Value: 1}}})
		if err := h.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != len(messages) || !utf8.Valid(out.Bytes()) {
			t.Fatalf("got %q", lines)
		}
		for i, line := range lines {
			var r struct{ Msg, Executor, Run, Error, Text string }
			if err := json.Unmarshal([]byte(line), &r); err != nil || r.Msg != messages[i] {
				t.Errorf("%s is read as %+v, %v", line, r, err)
			}
			for _, s := range []string{r.Executor, r.Run, r.Error, r.Text} {
				if len(s) > 303 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u202e' }) {
					t.Errorf("%q is not clean", s)
				}
			}
		}
	})
}
