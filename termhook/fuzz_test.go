package termhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// FuzzText gives names and errors that nobody vouches for to every mode: no
// line is wider than the terminal, none drives it, none is torn.
func FuzzText(f *testing.F) {
	f.Add("nightly", "r1", "bad row", "host-3", 80, 1000, 521)
	f.Add("\x1b[2J\r\n", "\u202e", "a\x9bb\xff", "日本", 30, -1, 3)
	f.Add("0", "0", "0", "0", 30, 0, -68)
	f.Add(strings.Repeat("é́", 500), "", " ", "\"=\\", 7, 1, 9)
	f.Fuzz(func(t *testing.T, name, id, text, remote string, columns, items, done int) {
		synctest.Test(t, func(t *testing.T) {
			for _, mode := range drawing {
				out := &sizedBuffer{columns: columns}
				h, err := termhook.New(termhook.WithMode(mode), termhook.WithWriter(out))
				if err != nil {
					t.Fatal(err)
				}
				play(h, name, id, text, remote, items, done)
				_ = h.Shutdown(context.Background())
				for line := range strings.Lines(out.String()) {
					if mode == termhook.ModeJSON && !json.Valid([]byte(line)) {
						t.Errorf("not valid: %q", line)
					}
				}
				clean := out.String()
				for _, escape := range []string{"\x1b[K", "\x1b[J", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[m", "\r"} {
					if mode == termhook.ModeTTY {
						clean = strings.ReplaceAll(clean, escape, "")
					}
				}
				if !utf8.ValidString(clean) || escapes.MatchString(clean) {
					t.Errorf("%s: %q", mode, clean)
				}
				for _, frame := range out.frames {
					if w := runewidth.StringWidth(strings.NewReplacer("\x1b[J", "", "\x1b[31m", "", "\x1b[m", "", "\r", "").Replace(frame)); w >= max(columns, 1) {
						t.Errorf("%d columns wide, the terminal has %d: %q", w, columns, frame)
					}
				}
			}
		})
	})
}

// sizedBuffer keeps the frames of one line apart.
type sizedBuffer struct {
	buffer
	columns int
	frames  []string
}

func (b *sizedBuffer) Size() (columns, rows int) { return b.columns, 24 }

func (b *sizedBuffer) Write(p []byte) (int, error) {
	if text := string(p); strings.HasPrefix(text, "\r") && !strings.Contains(text, "\n") {
		b.frames = append(b.frames, text)
	}
	return b.buffer.Write(p)
}

// play has a hook see a run with all that is untrusted in it.
func play(h *termhook.Hook, name, id, text, remote string, items, done int) {
	j := begin(h, name, id, items, 2)
	time.Sleep(time.Second)
	j.progress(done, 10)
	settle()
	j.fail(3, errors.New(text))
	e := core.ChunkEnd{Duration: time.Second, RemoteWorker: remote}
	j.OnChunkEnd(j.ctx, e)
	j.progress(done, 0)
	settle()
	time.Sleep(time.Minute)
	j.worker(0, done, time.Second)
	j.end(done, core.OutcomeError, errors.New(text))
}
