package termhook_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/termhook"
)

func TestPartialLineIsBounded(t *testing.T) {
	var out bytes.Buffer
	h := newHook(t, termhook.ModeTTY, terminal{&out})
	part := bytes.Repeat([]byte("x"), 1000)
	for range 1000 {
		_, _ = h.Writer().Write(part)
	}
	if held := 1_000_000 - bytes.Count(out.Bytes(), []byte("x")); held > 64<<10 {
		t.Errorf("%d bytes are held back", held)
	}
}

func TestSummaryComesBeforeLaterOutput(t *testing.T) {
	var out buffer
	h := newHook(t, termhook.ModeTTY, terminal{&out})
	for range 20 {
		runTenItems(t, h)
		_, _ = io.WriteString(&out, "result\n")
	}
	if text := out.String(); strings.Index(text, "result") < strings.Index(text, "ten  ") {
		t.Errorf("got %q", text)
	}
}
