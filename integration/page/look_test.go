package main

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chunkscope/chunkscope/uihook"
)

var (
	desk  = look{width: 1200}
	phone = look{width: 360}
)

func TestEverySectionShowsItsNumbers(t *testing.T) {
	for _, l := range []look{desk, phone} {
		t.Run(fmt.Sprint(l.width), func(t *testing.T) {
			p := open(t, nightly, "/", l)
			p.wantText("header", "nightly", "▶ running", "PN22BX", "date 2026-12-01", "71 %", "of 640,000 items", "116 0.03 %", "rate now 1", "time left", "elapsed 4", "chunks 45,", "8 of 8 busy", "read_bytes 35,", "bytes", "as of")
			p.wantText("#attention", "▲ warning", "The hook webhookhook has given up 3 since its process started, for the reason queue_full.", "● info")
			p.wantText("#throughput", "200 ms a bar", "mean 10.", "failed 116", "peak", "10 s", "40 s")
			p.wantText("#workers", "w0", "w7", "#455")
			p.wantText("#chunk-time", "45,5", "p50", "p99", "max 1.73 s")
			p.wantText("#slowest", "#22064 orders/220640.json … orders/220649.json 1.73 s", "276×", "w1", "✓ ok")
			p.wantText("#failures", "116 of 455,", "main.badRow", "75", "item 15555 (orders/015555.json): bad row: column 7 is empty", "timeout", "errors.errorString", "15555 (orders/015555.json), ")
			p.wantText("#runs", "nightly", "▶ running", "◐ partial", "warmup", "✓ ok")
			p.wantText("#exporters", "otelhook ✓ delivering", "webhookhook ✕ losing", "3 queue_full")
			p.wantText("footer", "Refreshes every 1 s")
			if title := evaluate[string](p, `document.title`); title != "71 % nightly" {
				t.Errorf("the title is %q", title)
			}
		})
	}
}

func TestTheTimelinesAreDrawn(t *testing.T) {
	p := open(t, stuck, "/", desk)
	const pixel = `(() => { const c = document.querySelectorAll("canvas")[%d];
		return [...c.getContext("2d").getImageData(Math.round(c.width * %v), %d, 1, 1).data].join() })()`
	work := evaluate[string](p, fmt.Sprintf(pixel, 0, 0.1, 1))
	if work != "43,105,207,255" {
		t.Errorf("work has the colour %s", work)
	}
	hung := evaluate[int](p, `[...document.querySelectorAll(".lanes tbody tr")].findIndex((r) => r.className === "slow")`)
	if got := evaluate[string](p, fmt.Sprintf(pixel, hung, 0.9, 1)); got != "196,39,47,255" {
		t.Errorf("the hung chunk of w%d has the colour %s", hung, got)
	}
}

func TestAHungChunkIsSaidAndShown(t *testing.T) {
	p := open(t, stuck, "/", desk)
	p.wantText("#attention", "▲ warning", "Chunk #400 (items 4000–4009, now at orders/004003.json) has been worked on by w", "99 of 100 chunks take at most", "ChunkStuck")
	p.wantText(".lanes .slow", "#400", "▲ slow", "orders/004003.json")
	p.wantText(".unseen[role=status]", "nightly is running", "warning ChunkStuck")
}

func TestSixtyFourWorkersFit(t *testing.T) {
	for _, l := range []look{desk, phone} {
		p := open(t, wide, "/", l)
		if n := evaluate[int](p, `document.querySelectorAll(".lanes canvas").length`); n != 64 {
			t.Errorf("%d timelines", n)
		}
		if height := evaluate[float64](p, `document.querySelector(".lanes").getBoundingClientRect().height`); height > 64*18 {
			t.Errorf("at %d px the timelines are %v px high", l.width, height)
		}
	}
}

func TestNothingIsWiderThanTheScreen(t *testing.T) {
	for _, l := range []look{desk, phone, {width: 768, dark: true}} {
		for name, runs := range map[string]func(*uihook.Hook){"nightly": nightly, "stuck": stuck, "wide": wide, "hostile": hostile} {
			p := open(t, runs, "/", l)
			if w := evaluate[int64](p, `document.documentElement.scrollWidth`); w > l.width {
				t.Errorf("%s at %d px is %d px wide", name, l.width, w)
			}
		}
		p := open(t, ended, "/compare?a=1&b=2", l)
		if w := evaluate[int64](p, `document.documentElement.scrollWidth`); w > l.width {
			t.Errorf("the comparison at %d px is %d px wide", l.width, w)
		}
	}
}

// contrasts returns the least contrast of the page's texts with what is behind them,
// and the text that has it.
const contrasts = `(() => {
	const c = document.createElement("canvas").getContext("2d", { willReadFrequently: true }), known = {};
	const rgb = (s) => known[s] ??= (c.clearRect(0, 0, 1, 1), c.fillStyle = s, c.fillRect(0, 0, 1, 1), [...c.getImageData(0, 0, 1, 1).data]);
	const light = (c) => { const [r, g, b] = c.map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };
	const behind = (e) => { const layers = []; for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); layers.push(c); if (c[3] === 255) break }
		return layers.reduceRight((under, c) => under ? under.map((v, i) => v + (c[i] - v) * c[3] / 255) : c.slice(0, 3), null) };
	let least = [99, ""];
	for (const e of document.querySelectorAll("#page *")) {
		if (![...e.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim()) || !e.getClientRects().length || e instanceof SVGElement) continue;
		const a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(behind(e).slice(0, 3));
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		if (ratio < least[0]) least = [ratio, e.textContent.trim()];
	}
	return { Ratio: least[0], Text: least[1] };
})()`

func TestBothThemesAreLegible(t *testing.T) {
	backs := map[string]bool{}
	for _, dark := range []bool{false, true} {
		for _, runs := range []func(*uihook.Hook){nightly, stuck} {
			p := open(t, runs, "/", look{width: 1200, dark: dark})
			least := evaluate[struct {
				Ratio float64
				Text  string
			}](p, contrasts)
			if least.Ratio < 4.5 {
				t.Errorf("dark %v: %q has a contrast of %.2f", dark, least.Text, least.Ratio)
			}
			backs[evaluate[string](p, `getComputedStyle(document.documentElement).backgroundColor`)] = true
		}
	}
	if len(backs) != 2 {
		t.Errorf("the themes have the backgrounds %v", backs)
	}
}

func TestThePageWorksBelowAPrefix(t *testing.T) {
	h, report := newLiveRun(t)
	mux := http.NewServeMux()
	mux.Handle("/team/jobs/", http.StripPrefix("/team/jobs", h))
	p := openHandler(t, mux, "/team/jobs/", desk)
	if font := evaluate[string](p, `getComputedStyle(document.querySelector("h1")).fontSize`); font != "23px" {
		t.Errorf("the style is not there: %s", font)
	}
	report(500_000)
	p.waitFor(`document.title === "50 % live"`)
	if n := evaluate[int](p, `performance.getEntriesByType("resource").filter((r) => !r.name.startsWith(location.origin + "/team/jobs/")).length`); n != 0 {
		t.Errorf("%d requests to other places", n)
	}
}
