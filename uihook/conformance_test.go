package uihook_test

import (
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestConformance(t *testing.T) {
	hooktest.Conformance(t, func() core.Hook { return newHook(t) })
}
