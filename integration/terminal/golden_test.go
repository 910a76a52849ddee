package terminal_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/chunkscope/chunkscope/termhook"
)

var update = flag.Bool("update", false, "write the golden texts and the page")

func TestGoldenFrames(t *testing.T) {
	for _, scenario := range scenarios {
		for _, columns := range []int{120, 80, 30} {
			name := fmt.Sprintf("%s_%d", scenario.name, columns)
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newScreen(columns, 30)
					h := newHook(t, termhook.ModeTTY, s)
					var got strings.Builder
					scenario.play(h, s, func(caption string) {
						fmt.Fprintf(&got, "== %s\n%s", caption, s.frame())
					})
					if err := h.Shutdown(context.Background()); err != nil {
						t.Error(err)
					}
					s.checkEscapes(t)
					if s.emulator.CursorHidden() {
						t.Error("the cursor is hidden")
					}
					checkGolden(t, name, got.String())
				})
			})
		}
	}
}

// checkGolden compares a text with the golden one, or writes it with -update.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file) //nolint:gosec // G304: one of the files next to this one
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got\n%s\nwant\n%s", file, got, want)
	}
}
