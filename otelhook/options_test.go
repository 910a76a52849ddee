package otelhook_test

import (
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/otelhook"
)

func TestOptionsOutOfRange(t *testing.T) {
	for want, option := range map[string]func(){
		"WithMaxChunkSpans(-1)": func() { otelhook.WithMaxChunkSpans(-1) },
		"WithChunkSpans(4)":     func() { otelhook.WithChunkSpans(4) },
	} {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.Contains(text, want) {
					t.Errorf("%s: panic %q", want, text)
				}
			}()
			option()
		}()
	}
}
