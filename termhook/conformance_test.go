package termhook_test

import (
	"io"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/termhook"
)

func TestConformance(t *testing.T) {
	for _, mode := range []termhook.Mode{termhook.ModeTTY, termhook.ModePlain, termhook.ModeJSON, termhook.ModeNone} {
		t.Run(string(mode), func(t *testing.T) {
			hooktest.Conformance(t, func() core.Hook {
				out := io.Discard
				if mode == termhook.ModeTTY {
					out = terminal{io.Discard}
				}
				h, err := termhook.New(termhook.WithMode(mode), termhook.WithWriter(out))
				if err != nil {
					t.Fatal(err)
				}
				return h
			})
		})
	}
}
