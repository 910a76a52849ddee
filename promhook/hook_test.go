package promhook_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/promhook"
)

func TestConformance(t *testing.T) {
	hooktest.Conformance(t, func() core.Hook {
		return promhook.New(promhook.WithRegisterer(prometheus.NewPedanticRegistry()))
	})
}
