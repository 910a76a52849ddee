package hooktest

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// badForReal makes TestConformanceFailsForReal fail: it then is the process
// that its other half watches.
const badForReal = "HOOKTEST_BAD_FOR_REAL"

// The other tests watch a fake of testing.T; here a real test fails.
func TestConformanceFailsForReal(t *testing.T) {
	if os.Getenv(badForReal) != "" {
		Conformance(t, func() core.Hook {
			return &badHook{chunkEnd: func(_ context.Context, e core.ChunkEnd) { _ = 100 / e.Items }}
		})
		return
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestConformanceFailsForReal$")
	again.Env = append(os.Environ(), badForReal+"=1")
	out, err := again.CombinedOutput()
	if err == nil {
		t.Error("the test of a bad hook passed")
	}
	for _, want := range []string{
		"--- FAIL: TestConformanceFailsForReal/zero_events",
		`OnChunkEnd panics: "runtime error: integer divide by zero", given a zero event. To fix: `,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}
