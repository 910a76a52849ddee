package promhook_test

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/promhook"
)

// FuzzOptions checks that New either reports the options as mistakes, or returns a
// hook that can be scraped.
func FuzzOptions(f *testing.F) {
	f.Add("chunkscope", "region", "eu", 0.5, 1.0)
	f.Add("a-b", "job", "x", 2.0, 1.0)
	f.Add("_", "__a", "\xff", -1.0, 0.0)
	f.Fuzz(func(t *testing.T, namespace, name, value string, low, high float64) {
		registry := prometheus.NewPedanticRegistry()
		var hook *promhook.Hook
		text := panicText(t, func() {
			hook = promhook.New(promhook.WithRegisterer(registry), promhook.WithNamespace(namespace),
				promhook.WithConstLabels(prometheus.Labels{name: value}), promhook.WithRunBuckets([]float64{low, high}))
		})
		if text != "" {
			if !strings.HasPrefix(text, "promhook: With") {
				t.Errorf("panic: %s", text)
			}
			return
		}
		hook.OnChunkEnd(t.Context(), chunkEnd("a"))
		if families, err := registry.Gather(); err != nil || len(families) < 20 {
			t.Errorf("%d families, %v", len(families), err)
		}
	})
}
