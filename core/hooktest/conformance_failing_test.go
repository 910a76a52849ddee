package hooktest

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// failForReal is set in the process in which TestConformanceFailsForReal fails.
const failForReal = "HOOKTEST_FAIL_FOR_REAL"

// The other tests use a fake testing.T. Here a real test fails, in a process of its
// own.
func TestConformanceFailsForReal(t *testing.T) {
	if os.Getenv(failForReal) != "" {
		Conformance(t, func() core.Hook {
			return &badHook{chunkEnd: func(_ context.Context, e core.ChunkEnd) { _ = 100 / e.Items }}
		})
		return
	}
	failing := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestConformanceFailsForReal$")
	failing.Env = append(os.Environ(), failForReal+"=1")
	out, err := failing.CombinedOutput()
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
