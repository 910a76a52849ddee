package otelhook_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// typedError is an error with a type of its own.
type typedError struct{ text, errorType string }

func (e typedError) Error() string     { return e.text }
func (e typedError) ErrorType() string { return e.errorType }

// FuzzTexts checks that spans and metrics carry texts that every backend accepts,
// for all texts of a job: valid UTF-8 of bounded length, and a text that is valid
// already as it is. A job's attributes never replace the hook's.
func FuzzTexts(f *testing.F) {
	f.Add("import", "7f3a", "tenant", "a", "boom", "timeout", "host-1", "webhookhook", "")
	f.Add("\xff", "a\xffb", "\xffchunkscope.outcome", "ok", "\xff", "\n", "\x00", "\u202e", "\xffrun")
	f.Add("", "", "", "", "", "", "", "", "")
	f.Add("_other", strings.Repeat("x", 2000), "error.\xfftype", strings.Repeat("ä", 600), strings.Repeat("\xe4\xbd", 600), "_other", "a", "b", "c")
	f.Fuzz(func(t *testing.T, executor, run, key, value, message, word, remote, hook, name string) {
		th := newTestHook(otelhook.WithErrorMessages(), otelhook.WithSpanNameFormatter(func(operation, executor string) string {
			return operation + name + executor
		}))
		err := typedError{message, word}
		start := core.RunStart{
			Executor: executor, RunID: run, Attrs: map[string]string{key: value},
			Items: 2, Workers: 1, Started: time.Now(),
		}
		chunk := core.ChunkStart{Executor: executor, RunID: run, Items: 2, Started: start.Started}
		ctx := th.OnRunStart(t.Context(), start)
		th.OnItemFailure(ctx, core.ItemFailure{Executor: executor, RunID: run, Items: 1, Outcome: core.OutcomeError, Err: err})
		th.OnChunkEnd(th.OnChunkStart(ctx, chunk), core.ChunkEnd{
			ChunkStart: chunk, ItemsDone: 2, ItemsFailed: 1, Outcome: core.OutcomeError, Err: err, Attempts: 1, RemoteWorker: remote,
		})
		th.OnFault(ctx, core.Fault{Executor: executor, RunID: run, Hook: hook})
		th.OnRunEnd(ctx, core.RunEnd{RunStart: start, Ended: start.Started.Add(time.Second), ItemsDone: 2, ItemsFailed: 1, Outcome: core.OutcomeCanceled, Err: errors.New("x")})

		spans := th.spans()
		if len(spans) != 2 {
			t.Fatalf("%d spans, want the chunk's and the run's", len(spans))
		}
		for _, s := range spans {
			checkText(t, "name", s.Name, 1<<10)
			checkText(t, "status", s.Status.Description, 1<<10)
			seen := map[attribute.Key]bool{}
			for _, kv := range s.Attributes {
				checkText(t, "key", string(kv.Key), 1<<10)
				checkText(t, string(kv.Key), kv.Value.String(), 1<<10)
				if seen[kv.Key] {
					t.Errorf("%s has two %s", s.Name, kv.Key)
				}
				seen[kv.Key] = true
			}
			if ok := utf8.ValidString(run) && len(run) <= 1<<10; ok && s.attrs["chunkscope.run.id"].AsString() != run {
				t.Errorf("%s has the run's id %q, want %q", s.Name, s.attrs["chunkscope.run.id"].AsString(), run)
			}
		}
		chunkSpan, runSpan := spans[0], spans[1]
		chunkSpan.wantAttrs(t, map[string]string{"chunkscope.outcome": "error", "chunkscope.chunk.items": "2"})
		runSpan.wantAttrs(t, map[string]string{"chunkscope.outcome": "canceled", "chunkscope.run.items": "2", "error.type": ""})
		if chunkSpan.attrs["error.type"].AsString() == "" || chunkSpan.Status.Code != codes.Error {
			t.Errorf("the chunk failed, its span has the type %q and the status %v", chunkSpan.attrs["error.type"].AsString(), chunkSpan.Status.Code)
		}

		for metric, m := range th.collect(t) {
			for attrs := range values(m) { // three of 128 bytes, and the outcome
				checkText(t, metric, attrs, 600)
			}
		}
	})
}

func checkText(t *testing.T, what, text string, maxBytes int) {
	t.Helper()
	if len(text) > maxBytes || !utf8.ValidString(text) {
		t.Errorf("%s: %d bytes, %.200q", what, len(text), text)
	}
}
