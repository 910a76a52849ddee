package loghook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/loghook"
)

// TestHandlerObeysSlog runs the checks of the standard library, inside a chunk and
// outside.
func TestHandlerObeysSlog(t *testing.T) {
	var out bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return loghook.NewHandler(slog.NewJSONHandler(&out, nil))
	}, func(t *testing.T) map[string]any { return parse(t, out.Bytes()) })

	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return inChunk{loghook.NewHandler(slog.NewJSONHandler(&out, nil)), chunkContext(t)}
	}, func(t *testing.T) map[string]any { return parse(t, out.Bytes()) })
}

// parse returns the attributes of a line of JSON.
func parse(t *testing.T, line []byte) map[string]any {
	t.Helper()
	attrs := map[string]any{}
	if err := json.Unmarshal(line, &attrs); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return attrs
}

// chunkContext returns the context of a chunk of ten items, which has ended.
func chunkContext(t *testing.T) (ctx context.Context) {
	t.Helper()
	exec := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(10))
	runCtx := core.WithRun(t.Context(), core.RunInfo{ID: "r1"})
	_ = core.ForEachChunk(runCtx, exec, make([]int, 10), func(c context.Context, _ []int) error { ctx = c; return nil })
	return ctx
}

// inChunk is a handler whose records all are of a chunk.
type inChunk struct {
	slog.Handler
	ctx context.Context
}

func (h inChunk) Handle(_ context.Context, r slog.Record) error { return h.Handler.Handle(h.ctx, r) }

func (h inChunk) WithAttrs(attrs []slog.Attr) slog.Handler {
	return inChunk{h.Handler.WithAttrs(attrs), h.ctx}
}

func (h inChunk) WithGroup(name string) slog.Handler {
	return inChunk{h.Handler.WithGroup(name), h.ctx}
}

// TestHandlerNamesTheChunk checks the attributes of each record that is logged in a
// chunk, at the top level also in a logger with groups.
func TestHandlerNamesTheChunk(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(loghook.NewHandler(slog.NewJSONHandler(&out, nil))).With("app", "etl")
	grouped := logger.WithGroup("").WithGroup("db").With("table", "orders").WithGroup("call")
	exec := core.NewExecutor(core.WithWorkers(3), core.WithChunkSize(4))
	ctx := core.WithRun(t.Context(), core.RunInfo{ID: "r\n1"})
	var mu sync.Mutex
	offsets := map[float64]bool{}
	err := core.ForEachChunk(ctx, exec, make([]int, 10), func(ctx context.Context, items []int) error {
		want, _ := core.ChunkFrom(ctx)
		mu.Lock()
		defer mu.Unlock()
		for _, l := range []*slog.Logger{logger, grouped} {
			out.Reset()
			l.InfoContext(ctx, "loaded", "rows", len(items))
			got := parse(t, out.Bytes())
			if got["run"] != "r 1" || got["chunk"] != float64(want.Index) || got["worker"] != float64(want.Worker) ||
				got["offset"] != float64(want.Offset) || got["items"] != float64(len(items)) || got["app"] != "etl" {
				t.Errorf("logged %s", out.String())
			}
			offsets[got["offset"].(float64)] = true
		}
		if want := `"db":{"table":"orders","call":{"rows":`; !strings.Contains(out.String(), want) {
			t.Errorf("logged %s, want %s", out.String(), want)
		}
		return nil
	})
	if err != nil || len(offsets) != 3 {
		t.Errorf("chunks at %v, %v", offsets, err)
	}

	out.Reset()
	logger.InfoContext(ctx, "done")
	if got := parse(t, out.Bytes()); len(got) != 4 {
		t.Errorf("outside of a chunk, logged %s", out.String())
	}
}

// TestHandlerKeepsRecords checks that another handler that gets the same record does
// not see what is added.
func TestHandlerKeepsRecords(t *testing.T) {
	var first, second bytes.Buffer
	record := slog.Record{Message: "loaded"}
	for i := range 14 { // one by one, so that the record has room for more
		record.AddAttrs(slog.Int("a", i))
	}
	ctx := chunkContext(t)
	for range 2 {
		if err := loghook.NewHandler(slog.NewJSONHandler(&first, nil)).Handle(ctx, record); err != nil {
			t.Error(err)
		}
	}
	if err := slog.NewJSONHandler(&second, nil).Handle(ctx, record); err != nil {
		t.Error(err)
	}
	if strings.Count(first.String(), `"chunk"`) != 2 || strings.Contains(first.String(), "BUG") || strings.Contains(second.String(), "chunk") {
		t.Errorf("logged\n%s%s", first.String(), second.String())
	}
}
