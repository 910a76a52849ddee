package statsdhook_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/statsdhook"
)

var formats = map[string]statsdhook.TagFormat{
	"DogStatsD": statsdhook.DogStatsD, "Influx": statsdhook.Influx, "Graphite": statsdhook.Graphite, "InName": statsdhook.InName,
}

// sendOneRun calls the hook for one run with every kind of event.
func sendOneRun(h *statsdhook.Hook, executor, kind, hook string) {
	ctx := h.OnRunStart(context.Background(), core.RunStart{Executor: executor, Items: 30})
	h.OnChunkEnd(ctx, core.ChunkEnd{
		ChunkStart: core.ChunkStart{Executor: executor, Items: 20}, Duration: 1500000, ItemsDone: 20, ItemsFailed: 2, Outcome: core.OutcomeError,
	})
	h.OnItemFailure(ctx, core.ItemFailure{Executor: executor, Items: 2, Outcome: core.OutcomeError, Err: typedError(kind)})
	h.OnWorkerEnd(ctx, core.WorkerEnd{WorkerStart: core.WorkerStart{Executor: executor}, Busy: 2000000000})
	h.OnAnomaly(ctx, core.Anomaly{Executor: executor, Kind: core.AnomalyKind(kind)})
	h.OnAnomaly(ctx, core.Anomaly{Executor: executor, Kind: core.AnomalyKind(kind), Over: true}) // the end of the same one
	h.OnFault(ctx, core.Fault{Executor: executor, Hook: hook})
	h.OnRunEnd(ctx, core.RunEnd{RunStart: core.RunStart{Executor: executor}, Duration: 2500000000, ItemsFailed: 2, Outcome: core.OutcomeError})
}

// typedError is an error with a method ErrorType.
type typedError string

func (e typedError) Error() string     { return "error" }
func (e typedError) ErrorType() string { return string(e) }

// linesOfOneRun returns the lines that the hook sends for sendOneRun.
func linesOfOneRun(t *testing.T, executor, kind, hook string, opts ...statsdhook.Option) []string {
	t.Helper()
	var lines []string
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, 0)
		s.raw = true
		h := newHook(t, "127.0.0.1:8125", append([]statsdhook.Option{statsdhook.WithDial(s.dial)}, opts...)...)
		sendOneRun(h, executor, kind, hook)
		if text := shutdown(t, h, 1e9); text != "" {
			t.Error(text)
		}
		s.reading.Wait()
		lines = s.lines
	})
	return lines
}

// TestLines has the exact lines in every format, as servers document them.
func TestLines(t *testing.T) {
	want := map[string][]string{
		"DogStatsD": {
			"chunkscope.runs:1|c|#executor:a_b,outcome:error,env:pro_d",
			"chunkscope.runs:0|c|#executor:a_b,outcome:partial,env:pro_d",
			"chunkscope.run.duration:2500|ms|#executor:a_b,env:pro_d",
			"chunkscope.chunk.duration:1.5|ms|#executor:a_b,env:pro_d",
			"chunkscope.worker.busy:2000|ms|#executor:a_b,env:pro_d",
			"chunkscope.items:18|c|#executor:a_b,outcome:ok,env:pro_d",
			"chunkscope.items:2|c|#executor:a_b,outcome:error,env:pro_d",
			"chunkscope.items:0|c|#executor:a_b,outcome:panic,env:pro_d",
			"chunkscope.errors:1|c|#executor:a_b,type:fs.PathError,env:pro_d",
			"chunkscope.anomalies:1|c|#executor:a_b,kind:fs.PathError,env:pro_d",
			"chunkscope.hook.faults:1|c|#executor:a_b,hook:a_hook,env:pro_d",
			"chunkscope.chunk.size:20|g|#executor:a_b,env:pro_d",
			"chunkscope.progress:0|g|#executor:a_b,env:pro_d",
		},
		"Influx": {
			"chunkscope.runs,executor=a_b,outcome=error,env=pro_d:1|c",
			"chunkscope.chunk.duration,executor=a_b,env=pro_d:1.5|ms",
			"chunkscope.errors,executor=a_b,type=fs.PathError,env=pro_d:1|c",
			"chunkscope.chunk.size,executor=a_b,env=pro_d:20|g",
		},
		"Graphite": {
			"chunkscope.runs;executor=a_b;outcome=error;env=pro_d:1|c",
			"chunkscope.chunk.duration;executor=a_b;env=pro_d:1.5|ms",
			"chunkscope.errors;executor=a_b;type=fs.PathError;env=pro_d:1|c",
			"chunkscope.chunk.size;executor=a_b;env=pro_d:20|g",
		},
		"InName": {
			"chunkscope.a_b.runs.error:1|c",
			"chunkscope.a_b.chunk.duration:1.5|ms",
			"chunkscope.a_b.errors.fs_PathError:1|c",
			"chunkscope.a_b.chunk.size:20|g",
		},
	}
	for name, format := range formats {
		opts := []statsdhook.Option{statsdhook.WithTagFormat(format)}
		if format != statsdhook.InName {
			opts = append(opts, statsdhook.WithTags(map[string]string{"env": "pro,d"}))
		}
		got := slices.DeleteFunc(linesOfOneRun(t, "a b", "fs.PathError", "a:hook", opts...), func(line string) bool { return strings.Contains(line, ".tested_") })
		for _, line := range want[name] {
			if !slices.Contains(got, line) {
				t.Errorf("%s: no line %q in\n%s", name, line, strings.Join(got, "\n"))
			}
		}
		if len(got) != 26 { // the lines above and the other ones, each once
			t.Errorf("%s: %d lines:\n%s", name, len(got), strings.Join(got, "\n"))
		}
	}
	for prefix, want := range map[string]string{"": "runs:1|c|#executor:x,outcome:error", "my.app": "my.app.runs:1|c|#executor:x,outcome:error"} {
		if got := linesOfOneRun(t, "x", "k", "h", statsdhook.WithPrefix(prefix)); !slices.Contains(got, want) {
			t.Errorf("no line %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
	if got := linesOfOneRun(t, "x", "k", "h", statsdhook.WithPrefix(""), statsdhook.WithTagFormat(statsdhook.InName)); !slices.Contains(got, "x.runs.error:1|c") {
		t.Errorf("no prefix: %s", strings.Join(got, "\n"))
	}
}

func TestClean(t *testing.T) {
	for format, want := range map[statsdhook.TagFormat]string{
		statsdhook.DogStatsD: "a/b_ü.c_d_e_-", statsdhook.Influx: "a/b_ü.c_d_e_-",
		statsdhook.Graphite: "a_b__.c_d_e_-", statsdhook.InName: "a_b___c_d_e_-",
	} {
		if got := statsdhook.Clean(format, "a/b ü.c=d[e_-"); got != want {
			t.Errorf("format %d: %q, want %q", format, got, want)
		}
	}
}

// TestExecutorsWithTheSameCleanName add up and do not overwrite each other.
func TestExecutorsWithTheSameCleanName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, statsdhook.DogStatsD)
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial))
		for _, name := range []string{"a b", "a_b", "a|b"} {
			h.OnRunStart(t.Context(), core.RunStart{Executor: name})
			h.OnRunEnd(t.Context(), core.RunEnd{RunStart: core.RunStart{Executor: name}, Outcome: core.OutcomeOK})
		}
		shutdown(t, h, 1e9)
		s.reading.Wait()
		if runs, active := s.total("chunkscope.runs executor=a_b outcome=ok"), s.gauges["chunkscope.runs.active executor=a_b"]; runs != 3 || active != 3 {
			t.Errorf("%v runs, %v active", runs, active)
		}
	})
}

// FuzzTags puts any text into every place for texts. In every format, a strict
// parser reads the same metrics and values as for a plain text.
func FuzzTags(f *testing.F) {
	for _, s := range []string{"import", "", "a b|c@d#e,f;g=h:i\nj", "\x00\xff\u202e", "_other", "~tilde", "a.b/c", strings.Repeat("ü", 100), `\"'`, "|#", "1|c"} {
		f.Add(s, s)
	}
	shape := func(t *testing.T, format statsdhook.TagFormat, lines []string) []string {
		t.Helper()
		var all []string
		for _, line := range lines {
			m, err := parseLine(format, line)
			if err != nil {
				t.Error(err)
			}
			if format == statsdhook.InName {
				m.name = strings.Join(append(strings.Split(m.name, ".")[2:3:3], "…"), ".")
			}
			all = append(all, m.name+" "+m.kind+" "+strings.Join(slices.Sorted(maps.Keys(m.tags)), ",")+" "+strings.Split(line, "|")[1])
		}
		slices.Sort(all)
		return all
	}
	f.Fuzz(func(t *testing.T, executor, kind string) {
		for _, format := range formats {
			opts := []statsdhook.Option{statsdhook.WithTagFormat(format)}
			if format != statsdhook.InName {
				opts = append(opts, statsdhook.WithTags(map[string]string{"tag": kind}))
			}
			got := shape(t, format, linesOfOneRun(t, executor, kind, kind, opts...))
			want := shape(t, format, linesOfOneRun(t, "x", "x", "x", opts...))
			if !slices.Equal(got, want) {
				t.Errorf("format %d: got\n%s\nwant\n%s", format, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			cleaned := statsdhook.Clean(format, executor)
			if again := statsdhook.Clean(format, cleaned); cleaned == "" || len(cleaned) > 128 || !utf8.ValidString(cleaned) || again != cleaned && cleaned != "_other" {
				t.Errorf("format %d: %q became %q, and then %q", format, executor, cleaned, again)
			}
		}
	})
}
