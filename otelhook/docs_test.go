package otelhook_test

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// read returns a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := fs.ReadFile(os.DirFS(".."), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDocumentedTrace demands that docs/opentelemetry.md draws the trace that
// such a run makes.
func TestDocumentedTrace(t *testing.T) {
	p := newProbe()
	tracer := p.traces.Tracer("user")
	ctx, caller := tracer.Start(t.Context(), "nightly")
	exec := p.executor(core.WithWorkers(1), core.WithChunkSize(4), core.WithContinueOnError())
	_ = core.ForEach(ctx, exec, make([]int, 12), func(ctx context.Context, _ int) error {
		switch c, _ := core.ChunkFrom(ctx); c.Index {
		case 0:
			_, user := tracer.Start(ctx, "HTTP PUT")
			user.End()
		case 1:
			return &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
		}
		return nil
	})
	caller.End()

	var drawn strings.Builder
	p.draw(&drawn, caller.SpanContext().SpanID().String(), "nightly", "")
	if doc := read(t, "docs/opentelemetry.md"); !strings.Contains(doc, "```\n"+drawn.String()+"```\n") {
		t.Errorf("docs/opentelemetry.md does not have this trace:\n%s", &drawn)
	}
}

// drawnAttrs are the attributes that the drawing shows.
var drawnAttrs = []string{"run.items", "run.items_failed", "chunk.index", "chunk.items_failed", "outcome"}

// draw draws a span and what is below it, of the user's own spans one for each chunk.
func (p *probe) draw(b *strings.Builder, id, title, indent string) {
	fmt.Fprintf(b, "%s\n", title)
	var children []span
	for _, s := range p.spans() {
		if s.Parent.SpanID().String() == id {
			children = append(children, s)
		}
	}
	slices.SortStableFunc(children, func(x, y span) int { return cmp.Compare(x.StartTime.UnixNano(), y.StartTime.UnixNano()) })
	children = slices.CompactFunc(children, func(x, y span) bool { return x.Name == "HTTP PUT" && y.Name == x.Name })
	for i, c := range children {
		title := c.Name
		for _, k := range drawnAttrs {
			if v, ok := c.attrs["chunkscope."+k]; ok {
				title += fmt.Sprintf("  %s=%s", k, v.String())
			}
		}
		if v, ok := c.attrs["error.type"]; ok {
			title += "  error.type=" + v.String()
		}
		if c.Status.Code != 0 {
			title += "  status=" + c.Status.Code.String()
		}
		branch, below := "├─ ", "│  "
		if i == len(children)-1 {
			branch, below = "└─ ", "   "
		}
		b.WriteString(indent + branch)
		p.draw(b, c.SpanContext.SpanID().String(), title, indent+below)
	}
}

// TestDocumentedView demands that the view in docs/opentelemetry.md is that of
// the example, which runs.
func TestDocumentedView(t *testing.T) {
	snippet := regexp.MustCompile("(?s)```go\n(sdkmetric.NewMeterProvider.*?)```").FindStringSubmatch(read(t, "docs/opentelemetry.md"))
	if snippet == nil {
		t.Fatal("docs/opentelemetry.md has no view")
	}
	fields := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if !strings.Contains(fields(read(t, "otelhook/example_test.go")), fields(snippet[1])) {
		t.Errorf("the example does not have this view:\n%s", snippet[1])
	}
}

// TestVersion demands the version that the other modules here require, which
// is the one about to be released.
func TestVersion(t *testing.T) {
	required := regexp.MustCompile(`github.com/chunkscope/chunkscope v(\S+)`).FindStringSubmatch(read(t, "examples/go.mod"))
	if required == nil || required[1] != otelhook.Version() {
		t.Errorf("Version() is %s, examples/go.mod requires %q", otelhook.Version(), required)
	}
}
