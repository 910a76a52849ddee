//go:build axe

package main

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/chunkscope/chunkscope/uihook"
)

// TestAxeFindsNothing has axe-core look at the page, which comes from the npm registry:
//
//	npm pack axe-core@4.14.1 && tar xf axe-core-4.14.1.tgz
//	AXE=$PWD/package/axe.min.js GOWORK=off go -C integration test -tags axe -run Axe ./page
func TestAxeFindsNothing(t *testing.T) {
	axe, err := os.ReadFile(os.Getenv("AXE"))
	if err != nil {
		t.Fatal(err)
	}
	for path, runs := range map[string]func(*uihook.Hook){"/": nightly, "/?": stuck, "/?run=1": wide, "/compare?a=1&b=2": ended, "/?x": func(*uihook.Hook) {}} {
		for _, l := range []look{desk, phone, {width: 1200, dark: true}} {
			p := open(t, runs, path, l)
			evaluate[any](p, string(axe)+";null")
			found, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](
				`axe.run().then((r) => r.violations.map((v) => v.impact + " " + v.id + ": " + v.nodes.map((n) => n.html.slice(0, 120)).slice(0, 3).join(" | ")))`, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range found {
				t.Errorf("%s at %d px: %s", path, l.width, v)
			}
		}
	}
}
