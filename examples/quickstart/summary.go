package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// failuresShown is how many failures a summary lists; it counts them all.
const failuresShown = 5

// A summary tells how a run went: what hooks saw of it, and what it returned.
type summary struct {
	end     core.RunEnd
	slowest core.ChunkEnd
}

// hook returns the hook that fills the summary. Function hooks are called one
// at a time, so they need no lock of their own.
func (s *summary) hook() core.Hook {
	return core.MultiHook(
		core.OnChunkEnd(func(e core.ChunkEnd) {
			if e.Duration > s.slowest.Duration {
				s.slowest = e
			}
		}),
		core.OnRunEnd(func(e core.RunEnd) { s.end = e }),
	)
}

// write writes the summary of a run over files, when the run is over.
// Tallies are nil for files that failed or whose turn never came.
func (s *summary) write(w io.Writer, files []file, tallies []*tally, runErr error) error {
	var total tally
	hash := sha256.New()
	for i, t := range tallies {
		if t == nil {
			continue
		}
		total.bytes += t.bytes
		total.lines += t.lines
		total.declarations += t.declarations
		fmt.Fprintf(hash, "%x  %s\n", t.hash, files[i].name) // as sha256sum prints it
	}

	var b strings.Builder
	row := func(label, format string, args ...any) {
		fmt.Fprintf(&b, "%-13s "+format+"\n", append([]any{label}, args...)...)
	}
	row("outcome", "%v", s.end.Outcome)
	row("files", "%s of %s, %s failed", decimal(s.end.ItemsDone), decimal(s.end.Items), decimal(s.end.ItemsFailed))
	row("declarations", "%s", decimal(total.declarations))
	row("lines", "%s", decimal(total.lines))
	row("bytes", "%s", decimal(total.bytes))
	row("sha256", "%x", hash.Sum(nil))
	row("workers", "%d", s.end.Workers)
	row("time", "%v", s.end.Duration.Round(time.Millisecond))
	seconds := max(s.end.Duration, 1).Seconds()
	row("throughput", "%s files/s, %.1f MB/s", decimal(int(float64(s.end.ItemsDone)/seconds)), float64(total.bytes)/seconds/1e6)
	if slow := s.slowest; slow.Items > 0 {
		first, others := files[slow.Offset].name, ""
		if slow.Items > 1 {
			others = fmt.Sprintf(" and %s more", decimal(slow.Items-1))
		}
		row("slowest chunk", "%v for %s%s", slow.Duration.Round(time.Millisecond), first, others)
	}
	if failed, ok := errors.AsType[*core.RunError](runErr); ok {
		shown := failed.Errors[:min(len(failed.Errors), failuresShown)]
		for _, err := range shown {
			row("failed", "%v", err)
		}
		if more := failed.ItemsFailed - len(shown); more > 0 {
			row("failed", "and %s more", decimal(more))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// decimal writes n, which is not negative, with commas: 1,234,567.
func decimal(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
