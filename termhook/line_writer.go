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

// The escape sequences, besides those of colors. The cursor is never hidden, so
// that a killed program leaves nothing to restore.
const (
	eraseLine = "\x1b[K" // from the cursor to the end of its line
	eraseDown = "\x1b[J" // the same, and everything below
)

// maxPartialLine is how many bytes wait for the end of their line.
const maxPartialLine = 64 << 10

// lineWriter writes text, and on a terminal keeps a block of lines below it.
//
// Between two writes the cursor is at the beginning of the block, not below it.
// So the writer never erases what other code prints. It also need not know how
// many rows the block fills after the terminal has become narrower.
type lineWriter struct {
	isTerminal bool
	out        io.Writer

	mu          sync.Mutex // held while out writes
	partialLine []byte     // the beginning of a line given to Write
	block       []string   // as it is on the screen
}

// Write is the Write method of Hook.Writer.
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

// takePartialLine returns the line that has no end yet, and forgets it.
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

// writeText writes text, and replaces the block, in one write.
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

// frame returns text, block and the escape sequences between them.
func (l *lineWriter) frame(text string, block []string) string {
	var b strings.Builder
	if len(l.block) > 0 || len(block) > 0 {
		b.WriteByte('\r')
	}
	if text != "" {
		if len(l.block) > 0 {
			b.WriteString(eraseDown)
		}
		// A terminal behind a network connection needs the carriage return.
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
