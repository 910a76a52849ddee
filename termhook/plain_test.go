package termhook_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

func nothing(context.Context, int) (int, error) { return 0, nil }

// stamped notes when each line came.
type stamped struct {
	buffer
	at []time.Time
}

func (s *stamped) Write(p []byte) (int, error) {
	for range strings.Count(string(p), "\n") {
		s.at = append(s.at, time.Now())
	}
	return s.buffer.Write(p)
}

// checkPlain holds lines to what a log needs: no control characters, and 5 s
// between any two that are not the last of their run.
func (s *stamped) checkPlain(t *testing.T) {
	t.Helper()
	text := s.String()
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }); i >= 0 {
		t.Errorf("a control character in %q", text[i:])
	}
	var last time.Time
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.Contains(line, " state=done") {
			continue
		}
		if since := s.at[i].Sub(last); since < 5*time.Second {
			t.Errorf("%q comes %v after the line before", line, since)
		}
		last = s.at[i]
	}
}

func TestPlainLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out stamped
		h := newHook(t, termhook.ModePlain, &out)
		j := begin(h, "nightly job", "r1", 1000, 4)
		for i := range 40 { // 8 s
			time.Sleep(200 * time.Millisecond)
			j.progress(i*10, 50)
		}
		j.fail(3, errors.New("bad \"row\"\x1b[2J\nin two lines"))
		for i := range 100 { // 20 s
			time.Sleep(200 * time.Millisecond)
			j.progress(400+i, 5)
		}
		for range 60 {
			time.Sleep(time.Second)
			j.progress(500, 0)
		}
		j.chunk(100, 2, 33*time.Second)
		j.worker(0, 600, 66*time.Second)
		j.worker(1, 400, 80*time.Second)
		j.end(1000, core.OutcomeError, nil)
		synctest.Wait()
		out.checkPlain(t)
		compare(t, "plain", out.String())
	})
}

func TestPlainIsBoundedWhateverRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out stamped
		h := newHook(t, termhook.ModePlain, &out)
		var jobs []*job
		for i := range 100 {
			jobs = append(jobs, begin(h, "nightly", fmt.Sprint(i), 10_000_000, 4))
		}
		for i := range 36_000 { // an hour
			time.Sleep(100 * time.Millisecond)
			jobs[i%100].progress(i, 10)
		}
		synctest.Wait()
		if n := number(out.String()); n < 100 || n > 721 {
			t.Errorf("%d lines in an hour", n)
		}
		for _, j := range jobs {
			j.end(1000, core.OutcomeOK, nil)
		}
		time.Sleep(10 * time.Second)
		out.checkPlain(t)
		if text := out.String(); strings.Count(text, "outcome=ok") != 8 || !strings.Contains(text, "state=done runs=92 ok=92 failed=0 canceled=0") {
			t.Errorf("the ends are told as\n%s", text)
		}
	})
}

func TestPlainTellsBothEndsOfAShortRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out stamped
		h := newHook(t, termhook.ModePlain, &out)
		run(t, h)
		out.checkPlain(t)
		if text := out.String(); number(text) != 2 || !strings.Contains(text, "state=started items=10") || !strings.HasSuffix(text, "\n") {
			t.Errorf("got %q", text)
		}
	})
}
