package termhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// control matches escape sequences and control characters.
var control = regexp.MustCompile(`\x1b(\[[0-9;?]*[A-Za-z])?|[\x00-\x09\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]`)

// FuzzText sends arbitrary names and error texts to every mode. No line may be
// wider than the terminal, drive it, or be broken in two.
func FuzzText(f *testing.F) {
	f.Add("nightly", "r1", "bad row", "host-3", 80, 1000, 521)
	f.Add("\x1b[2J\r\n", "\u202e", "a\x9bb\xff", "日本", 30, -1, 3)
	f.Add("0", "0", "0", "0", 30, 0, -68)
	f.Add(strings.Repeat("é́", 500), "", " ", "\"=\\", 7, 1, 9)
	f.Fuzz(func(t *testing.T, name, id, text, remote string, columns, items, done int) {
		synctest.Test(t, func(t *testing.T) {
			for _, mode := range writingModes {
				out := &sizedBuffer{columns: columns}
				h, err := termhook.New(termhook.WithMode(mode), termhook.WithWriter(out))
				if err != nil {
					t.Fatal(err)
				}
				sendEvents(h, name, id, text, remote, items, done)
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
				if !utf8.ValidString(clean) || control.MatchString(clean) {
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

// sizedBuffer also keeps the frames of one line, apart from all other text.
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

// sendEvents sends the events of a run with every text that is not trusted.
func sendEvents(h *termhook.Hook, name, id, text, remote string, items, done int) {
	r := startRun(h, name, id, items)
	time.Sleep(time.Second)
	p := core.Progress{At: time.Now(), Elapsed: time.Second, Items: items, ItemsDone: done, Throughput: 10, ChunksActive: 2}
	p.OldestChunk = core.ActiveChunk{Started: r.start.Started, Name: text}
	if done > 0 && items >= done {
		left := time.Duration(float64(items-done) / 10 * float64(time.Second))
		p.Remaining = core.Estimate{Known: true, Low: left / 2, Expected: left, High: 2 * left}
	}
	r.OnProgress(r.ctx, p)
	waitForFrame()
	r.OnItemFailure(r.ctx, core.ItemFailure{Index: 3, Items: 1, Outcome: core.OutcomeError, Name: text, Err: &core.ItemError{Index: 3, Name: text, Err: errors.New(text)}})
	r.OnChunkEnd(r.ctx, core.ChunkEnd{Duration: time.Second, RemoteWorker: remote})
	p.At, p.Elapsed, p.Throughput, p.ItemsFailed, p.Remaining = time.Now(), 2*time.Second, 0, 1, core.Estimate{}
	r.OnProgress(r.ctx, p)
	waitForFrame()
	time.Sleep(time.Minute)
	r.OnWorkerEnd(r.ctx, core.WorkerEnd{Busy: time.Second, Items: done, Chunks: done / 10})
	now := time.Now()
	r.OnRunEnd(r.ctx, core.RunEnd{
		RunStart: r.start, Ended: now, Duration: now.Sub(r.start.Started),
		ItemsDone: done, ItemsFailed: 1, Outcome: core.OutcomeError, Err: errors.New(text),
		Custom: []core.CounterValue{{Name: name, Unit: text, Value: int64(done)}},
	})
}
