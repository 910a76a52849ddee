package termhook

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// The escape sequences that are used, besides colours. The cursor is never
// hidden, so that there is nothing to restore when a program is killed.
const (
	eraseLine = "\x1b[K" // from the cursor to the end of its line
	eraseDown = "\x1b[J" // and everything below
)

// maxPartial is how much of a line without an end is held back.
const maxPartialLine = 64 << 10

// lines writes text, and on a terminal keeps a block of lines below all text.
//
// Between two writes the cursor stands at the beginning of the block, not
// below. So nothing that others print is ever erased, and it does not matter
// how many rows the block has come to fill when the terminal got narrower.
type lineWriter struct {
	isTerminal bool
	out      io.Writer

	mu      sync.Mutex // held while out writes
	partialLine []byte     // of a line of others
	block   []string   // on the screen now
}

// Write is what Hook.Writer does.
func (l *lineWriter) Write(p []byte) (int, error) {
	err := l.locked(func() error {
		if !l.isTerminal {
			_, err := l.out.Write(p)
			return err
		}
		l.partialLine = append(l.partialLine, p...)
		end := bytes.LastIndexByte(l.partialLine, '\n') + 1
		if end == 0 && len(l.partialLine) < maxPartialLine {
			return nil
		}
		if end == 0 {
			end = len(l.partialLine)
		}
		text := string(l.partialLine[:end])
		l.partialLine = append(l.partialLine[:0], l.partialLine[end:]...)
		return l.writeText(text, l.block)
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// rest takes what is left of a line without an end.
func (l *lineWriter) takePartialLine() string {
	text := string(l.partialLine)
	l.partialLine = nil
	return text
}

// locked calls f, which calls the writer, and holds the lock meanwhile. It
// returns the error of f, or says how the writer broke.
func (l *lineWriter) locked(f func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := guard.Call(f)
	if broken, ok := err.(*guard.Failure); ok { //nolint:errorlint // methods of the writer's own error may break, too
		return fmt.Errorf("termhook: the writer broke: %w", broken)
	}
	return err
}

// put writes text, and block in place of what stands there, in one write.
func (l *lineWriter) writeText(text string, block []string) error {
	if text == "" && slices.Equal(block, l.block) {
		return nil
	}
	if l.isTerminal {
		text = l.frame(text, block)
		l.block = block
	}
	_, err := io.WriteString(l.out, text)
	return err
}

// compose returns what brings text and block onto the screen.
func (l *lineWriter) frame(text string, block []string) string {
	var b strings.Builder
	if len(l.block) > 0 || len(block) > 0 {
		b.WriteByte('\r')
	}
	if text != "" {
		if len(l.block) > 0 {
			b.WriteString(eraseDown)
		}
		// A terminal behind a network connection does not go back by itself.
		b.WriteString(strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\r\n") + "\r\n")
	}
	for i, line := range block {
		b.WriteString(line)
		if i < len(block)-1 {
			b.WriteString(eraseLine + "\r\n")
		}
	}
	if text == "" || len(block) > 0 {
		b.WriteString(eraseDown)
	}
	if len(block) > 1 {
		b.WriteString("\x1b[" + strconv.Itoa(len(block)-1) + "A")
	}
	if len(block) > 0 {
		b.WriteByte('\r')
	}
	return b.String()
}
