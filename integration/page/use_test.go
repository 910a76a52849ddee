package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/uihook"
)

func lastProgress(done int) core.Progress {
	return core.Progress{Items: 1_000_000, ItemsDone: done, Chunks: done / chunkItems}
}

func TestThePageFollowsTheRun(t *testing.T) {
	h, report := newLiveRun(t)
	p := openHandler(t, h, "/", desk)
	evaluate[any](p, `(document.querySelector("details").open = true, window.mark = document.querySelector("canvas"), null)`)
	report(250_000)
	p.waitFor(`document.title === "25 % live"`)
	p.wantText("header", "25 %", "250,000 of 1,000,000 items")
	if !evaluate[bool](p, `document.querySelector("details").open && document.contains(window.mark)`) {
		t.Error("an update closes what the reader opened, or replaces what has not changed")
	}
}

func TestAPageWhoseServerIsGoneSaysSo(t *testing.T) {
	h, report := newLiveRun(t)
	p := openHandler(t, h, "/", desk)
	report(700_000)
	p.waitFor(`document.title === "70 % live"`)
	p.server.CloseClientConnections()
	p.server.Close()
	p.waitFor(`!document.getElementById("reach").hidden`)
	p.wantText("#reach", "✕ Out of reach since", "the server does not answer", "These are the last numbers")
	p.wantText("header", "70 %", "700,000 of 1,000,000 items")
	if title := evaluate[string](p, `document.title`); !strings.HasPrefix(title, "out of reach") {
		t.Errorf("the title is %q", title)
	}
	if role := evaluate[string](p, `document.getElementById("reach").getAttribute("role")`); role != "alert" {
		t.Errorf("the role is %q", role)
	}
}

func TestAPageWhoseProcessEndedSaysSo(t *testing.T) {
	p := open(t, ended, "/", desk)
	p.server.CloseClientConnections()
	p.server.Close()
	// The page asks each 5 s; looking at it again asks at once.
	const look = `document.dispatchEvent(new Event("visibilitychange"))`
	evaluate[any](p, `(`+look+`, null)`)
	p.waitFor(`!document.getElementById("reach").hidden`)
	p.wantText("#reach", "■ Ended", "These are its last numbers")
	p.wantText("header", "nightly", "✕ error", "took 28.3 s")
}

func TestAHiddenPageAsksForNothing(t *testing.T) {
	p := open(t, ended, "/", desk)
	const script = `(() => {
		const real = window.fetch;
		window.asked = 0;
		window.timers = 0;
		window.fetch = (...args) => { window.asked++; return real(...args) };
		window.setTimeout = () => { window.timers++ };
		const look = (hidden) => {
			Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
			document.dispatchEvent(new Event("visibilitychange"));
		};
		look(true);
		look(true);
		const whileHidden = [window.asked, window.timers].join(" ");
		look(false);
		return whileHidden + " " + window.asked;
	})()`
	if got := evaluate[string](p, script); got != "0 0 1" {
		t.Errorf("requests and timers while hidden, and requests when seen again: %s, want 0 0 1", got)
	}
}

func TestTheKeyboardIsEnough(t *testing.T) {
	p := open(t, nightly, "/", desk)
	focused := func() string {
		return evaluate[string](p, `(() => { const e = document.activeElement; return [e.tagName, e.name ?? "", e.value ?? "", getComputedStyle(e).outlineStyle].join(" ") })()`)
	}
	seen := map[string]bool{}
	for range 40 {
		p.press(kb.Tab)
		at := focused()
		if strings.HasPrefix(at, "BODY") {
			break
		}
		if strings.HasSuffix(at, " none") {
			t.Errorf("the focus on %q cannot be seen", at)
		}
		seen[strings.Fields(at)[0]] = true
		switch {
		case strings.HasPrefix(at, "SUMMARY") && !seen["open"]:
			seen["open"] = true
			p.press(kb.Enter)
			if !evaluate[bool](p, `document.activeElement.parentElement.open`) {
				t.Error("Enter does not open the table")
			}
		case strings.HasPrefix(at, "INPUT a"):
			p.press(kb.ArrowDown)
		case strings.HasPrefix(at, "BUTTON"):
			if _, err := chromedp.RunResponse(p.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
				t.Fatal(err)
			}
			p.wantText("#numbers", "executor nightly nightly", "items done 320,000 320,000 1.00×")
			if query := evaluate[string](p, `location.search`); query != "?a=2&b=2" {
				t.Errorf("the keys chose %s", query)
			}
			return
		}
	}
	t.Errorf("the keys reach %v, not the button", seen)
}

func TestTwoRunsAreCompared(t *testing.T) {
	p := open(t, ended, "/compare?a=1&b=2", desk)
	p.wantText("#compare", "A warmup", "B nightly", "25 %", "100 %")
	p.wantText("#numbers", "executor warmup nightly", "state ✓ ok ✕ error", "items done 20,000 320,000 16.0×", "chunk time p99")
	for _, line := range []string{"a", "b"} {
		if d := evaluate[string](p, `document.querySelector(".line.`+line+`").getAttribute("d")`); strings.Count(d, "L") != 99 {
			t.Errorf("line %s: %s", line, d)
		}
	}
}

func TestThePageIsUsableWithoutScript(t *testing.T) {
	p := open(t, stuck, "/", look{width: 1200, noScript: true})
	page, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil || len(page) < 50_000 {
		t.Errorf("%d bytes of picture: %v", len(page), err)
	}
	p.wantText("header", "nightly", "▶ running", "items")
	p.wantText("#attention", "Chunk #400")
	p.wantText("#workers", "w0", "#400", "▲ slow")
	p.wantText("#failures", "main.badRow")
	p.wantText("footer", "Without scripts", "Load it again")
	if shown := p.text("footer"); strings.Contains(shown, "Refreshes every") {
		t.Errorf("it promises to refresh: %s", shown)
	}
	if !evaluate[bool](p, `document.querySelector(".strip svg rect").getBoundingClientRect().width > 10`) {
		t.Error("the part that each worker was busy is not drawn")
	}
}

const evil = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">`

// hostile is a run whose texts attack the page.
func hostile(h *uihook.Hook) {
	long := strings.Repeat("<b>W", 1<<18)
	for _, text := range []string{"\u202egnp.exe\u2066", "مرحبا بالعالم", long, "a\x00b\x1b[2J", evil} {
		j := job{name: text, id: text, attrs: map[string]string{text: text}, workers: 1, items: 100, elapsed: 1 << 30, speed: 1, failing: 1}
		ctx := j.send(h)
		h.OnItemFailure(ctx, core.ItemFailure{Items: 1, Err: kindOf(text)})
		h.OnAnomaly(ctx, core.Anomaly{Kind: core.AnomalyKind(text), Message: text})
		h.OnFault(ctx, core.Fault{Hook: text})
	}
}

// kindOf is an error that names its own kind.
type kindOf string

func (k kindOf) Error() string     { return string(k) }
func (k kindOf) ErrorType() string { return string(k) }

func TestHostileTextsAreShownAsText(t *testing.T) {
	for _, path := range []string{"/", "/?run=2", "/?run=3", "/?run=5", "/compare?a=3&b=5"} {
		p := open(t, hostile, path, phone)
		if evaluate[bool](p, `document.title === "owned" || document.querySelectorAll("img, #page script, #page b:empty").length > 0`) {
			t.Errorf("%s: a text became a part of the page", path)
		}
	}
	p := open(t, hostile, "/?run=5", desk)
	p.wantText("h1", `<script>document.title="owned"</script>`)
	p.wantText("#failures", `<img src=x onerror=`)
	p.wantText("#runs", "gnp.exe", "مرحبا")
}
