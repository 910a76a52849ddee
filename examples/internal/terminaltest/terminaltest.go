// Package terminaltest is a terminal whose screen tests can read.
package terminaltest

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"

	"github.com/chunkscope/chunkscope/core"
)

// A Screen is a terminal of a fixed size. It is safe for concurrent use.
type Screen struct {
	mu       sync.Mutex
	emulator *vt.Emulator
	raw      strings.Builder
}

// New returns an empty screen.
func New(columns, rows int) *Screen { return &Screen{emulator: vt.NewEmulator(columns, rows)} }

// Write draws on the screen as a program does. A line feed moves to the start
// of the next line, because the terminal driver adds a carriage return.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw.Write(p)
	if _, err := s.emulator.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Size returns the size. With it, package terminal and termhook treat the
// screen as a terminal.
func (s *Screen) Size() (columns, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emulator.Width(), s.emulator.Height()
}

// Lines returns the visible lines, without empty space at the end.
func (s *Screen) Lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := strings.Split(s.emulator.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// Raw returns everything that was written.
func (s *Screen) Raw() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

// Want checks the visible lines.
func (s *Screen) Want(t *testing.T, lines ...string) {
	t.Helper()
	if got := s.Lines(); !slices.Equal(got, lines) {
		t.Errorf("the screen shows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

// Work starts a run of n items for a hook, in a bubble of synctest. One worker
// takes 10 ms for each item, and 5 ms more for the first, so that no item ends
// at the instant of a Progress. The channel is closed after the run.
func Work(t *testing.T, h core.Hook, n int, opts ...core.Option) (ended <-chan struct{}) {
	exec := core.NewExecutor(append([]core.Option{core.WithName("work"), core.WithWorkers(1)}, opts...)...)
	exec.Register(h)
	done := make(chan struct{})
	go func() {
		defer close(done)
		extra := 5 * time.Millisecond
		err := core.ForEach(t.Context(), exec, make([]struct{}, n), func(context.Context, struct{}) error {
			time.Sleep(10*time.Millisecond + extra)
			extra = 0
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}()
	return done
}
