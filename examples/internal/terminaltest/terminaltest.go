// Package terminaltest is a terminal that tests can look at.
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

// A Screen is a terminal of a size. It is safe for concurrent use.
type Screen struct {
	mu       sync.Mutex
	emulator *vt.Emulator
	raw      strings.Builder
}

// New returns an empty screen.
func New(columns, rows int) *Screen { return &Screen{emulator: vt.NewEmulator(columns, rows)} }

// Write draws on the screen as a program does: a line feed goes to the start of
// the next line, for the system adds what that takes.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw.Write(p)
	if _, err := s.emulator.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Size returns the size; it makes the screen a terminal for package terminal
// and for termhook.
func (s *Screen) Size() (columns, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emulator.Width(), s.emulator.Height()
}

// Lines returns what a person sees now, without empty space at the end.
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

// Want checks what a person sees now.
func (s *Screen) Want(t *testing.T, lines ...string) {
	t.Helper()
	if got := s.Lines(); !slices.Equal(got, lines) {
		t.Errorf("the screen shows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

// Work starts a run of n items for a hook to show, in a bubble of synctest. One
// worker takes 10 ms for each, and 5 ms more for the first so that no item ends
// at the instant of a Progress. The channel is closed when the run is over.
func Work(t *testing.T, h core.Hook, n int, opts ...core.Option) (ended <-chan struct{}) {
	exec := core.NewExecutor(append([]core.Option{core.WithName("work"), core.WithWorkers(1)}, opts...)...)
	exec.Register(h)
	done := make(chan struct{})
	go func() {
		defer close(done)
		late := 5 * time.Millisecond
		err := core.ForEach(t.Context(), exec, make([]struct{}, n), func(context.Context, struct{}) error {
			time.Sleep(10*time.Millisecond + late)
			late = 0
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}()
	return done
}
