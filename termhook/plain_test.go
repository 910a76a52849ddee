package termhook_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/termhook"
)

// timedBuffer keeps the time of each line.
type timedBuffer struct {
	buffer
	at []time.Time
}

func (b *timedBuffer) Write(p []byte) (int, error) {
	for range strings.Count(string(p), "\n") {
		b.at = append(b.at, time.Now())
	}
	return b.buffer.Write(p)
}

// checkPlain checks that there are no control characters, and at least 5 s
// between any two lines that are not the last of their run.
func (b *timedBuffer) checkPlain(t *testing.T) {
	t.Helper()
	text := b.String()
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }); i >= 0 {
		t.Errorf("a control character in %q", text[i:])
	}
	var last time.Time
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.Contains(line, " state=done") {
			continue
		}
		if since := b.at[i].Sub(last); since < 5*time.Second {
			t.Errorf("%q comes %v after the previous line", line, since)
		}
		last = b.at[i]
	}
}

func TestPlainLinesAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out timedBuffer
		h := newHook(t, termhook.ModePlain, &out)
		var runs []*testRun
		for i := range 100 {
			runs = append(runs, startRun(h, "nightly", fmt.Sprint(i), 10_000_000))
		}
		for i := range 36_000 { // an hour
			time.Sleep(100 * time.Millisecond)
			runs[i%100].progress(i)
		}
		synctest.Wait()
		if n := strings.Count(out.String(), "\n"); n < 100 || n > 721 {
			t.Errorf("%d lines in an hour", n)
		}
		for _, r := range runs {
			r.end()
		}
		time.Sleep(10 * time.Second)
		out.checkPlain(t)
		if text := out.String(); strings.Count(text, "outcome=ok") != 8 || !strings.Contains(text, "state=done runs=92 ok=92 partial=0 failed=0 canceled=0") {
			t.Errorf("the ends are\n%s", text)
		}
	})
}

func TestPlainShowsStartAndEndOfAShortRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out timedBuffer
		h := newHook(t, termhook.ModePlain, &out)
		runTenItems(t, h)
		out.checkPlain(t)
		if text := out.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, "state=started items=10") || !strings.HasSuffix(text, "\n") {
			t.Errorf("got %q", text)
		}
	})
}
