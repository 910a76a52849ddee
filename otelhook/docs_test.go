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

// readFile returns the text of a file of the repository.
func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := fs.ReadFile(os.DirFS(".."), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDocumentedTrace checks that docs/opentelemetry.md shows the trace of such a
// run.
func TestDocumentedTrace(t *testing.T) {
	th := newTestHook()
	tracer := th.traces.Tracer("user")
	ctx, caller := tracer.Start(t.Context(), "nightly")
	exec := th.executor(core.WithWorkers(1), core.WithChunkSize(4), core.WithContinueOnError())
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

	var tree strings.Builder
	th.writeTree(&tree, caller.SpanContext().SpanID().String(), "nightly", "")
	if doc := readFile(t, "docs/opentelemetry.md"); !strings.Contains(doc, "```\n"+tree.String()+"```\n") {
		t.Errorf("docs/opentelemetry.md does not have this trace:\n%s", &tree)
	}
}

// treeAttrs are the attributes that the tree shows.
var treeAttrs = []string{"run.items", "run.items_failed", "chunk.index", "chunk.items_failed", "outcome"}

// writeTree writes a span and those below it. Of the user's spans it writes one a
// chunk.
func (th *testHook) writeTree(b *strings.Builder, id, title, indent string) {
	fmt.Fprintf(b, "%s\n", title)
	var children []span
	for _, s := range th.spans() {
		if s.Parent.SpanID().String() == id {
			children = append(children, s)
		}
	}
	slices.SortStableFunc(children, func(x, y span) int { return cmp.Compare(x.StartTime.UnixNano(), y.StartTime.UnixNano()) })
	children = slices.CompactFunc(children, func(x, y span) bool { return x.Name == "HTTP PUT" && y.Name == x.Name })
	for i, c := range children {
		title := c.Name
		for _, k := range treeAttrs {
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
		th.writeTree(b, c.SpanContext.SpanID().String(), title, indent+below)
	}
}

// TestDocumentedView checks that the view in docs/opentelemetry.md is the one of
// the example, which runs.
func TestDocumentedView(t *testing.T) {
	snippet := regexp.MustCompile("(?s)```go\n(sdkmetric.NewMeterProvider.*?)```").FindStringSubmatch(readFile(t, "docs/opentelemetry.md"))
	if snippet == nil {
		t.Fatal("docs/opentelemetry.md has no view")
	}
	fields := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if !strings.Contains(fields(readFile(t, "otelhook/example_test.go")), fields(snippet[1])) {
		t.Errorf("the example does not have this view:\n%s", snippet[1])
	}
}

// TestVersion checks that the version is the one that the other modules of this
// repository require, the next release.
func TestVersion(t *testing.T) {
	required := regexp.MustCompile(`github.com/chunkscope/chunkscope v(\S+)`).FindStringSubmatch(readFile(t, "examples/go.mod"))
	if required == nil || required[1] != otelhook.Version() {
		t.Errorf("Version() is %s, examples/go.mod requires %q", otelhook.Version(), required)
	}
}
