package terminal_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/vt"
)

// screen is a virtual terminal. It keeps every byte as well.
type screen struct {
	emulator *vt.Emulator
	raw      bytes.Buffer // all that was ever written
}

func newScreen(columns, rows int) *screen { return &screen{emulator: vt.NewEmulator(columns, rows)} }

func (s *screen) Write(p []byte) (int, error) {
	s.raw.Write(p)
	return s.emulator.Write(p)
}

func (s *screen) Size() (columns, rows int) { return s.emulator.Width(), s.emulator.Height() }

// frame returns the visible text.
func (s *screen) frame() string {
	lines := strings.Split(s.emulator.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// escapes matches escape sequences and control characters.
var escapes = regexp.MustCompile(`\x1b(\[[0-9;?]*[A-Za-z])?|[\x00-\x09\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]`)

// checkEscapes checks that the hook wrote no other sequence than those it
// documents: none hides the cursor, moves it elsewhere or changes a mode.
func (s *screen) checkEscapes(t *testing.T) {
	t.Helper()
	allowed := regexp.MustCompile(`^\x1b\[([KJm]|[0-9]+A|3[123]m)$`)
	for _, e := range escapes.FindAllString(s.raw.String(), -1) {
		if !allowed.MatchString(e) {
			t.Errorf("wrote %q to the terminal", e)
		}
	}
}
