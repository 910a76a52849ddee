package core_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/core"
)

// FuzzRunErrorText makes errors with hostile names and texts. The error's own words
// have a limit, and no character is cut in two.
func FuzzRunErrorText(f *testing.F) {
	f.Add("import", "no such file", uint8(0), uint8(1))
	f.Add("", "", uint8(1), uint8(2))
	f.Add("%s%n%!v(PANIC=)", "%d%%!(EXTRA)", uint8(2), uint8(3))
	f.Add("a\x00b\xff\xfe", strings.Repeat("é", 2000), uint8(3), uint8(9))
	f.Add(strings.Repeat("x", 5000), strings.Repeat("\xff", 5000), uint8(4), uint8(200))
	f.Add("\u202e\n\r\x1b[31m", "\n\n\n", uint8(5), uint8(150))
	f.Add("nil", "panics when asked", uint8(6), uint8(3))
	f.Fuzz(func(t *testing.T, name, text string, kind, items uint8) {
		const frame = 300         // the package's own words
		quoted := 1024 + len("…") // of a panic's value
		if !fuzzPanics(kind % fuzzKinds) {
			quoted = len(text) // a user's error is quoted in full
		}
		for _, keepGoing := range []bool{false, true} {
			opts := []core.Option{core.WithName(name), core.WithWorkers(2)}
			if keepGoing {
				opts = append(opts, core.WithContinueOnError())
			}
			_, err := core.Map(t.Context(), core.NewExecutor(opts...), indexes(1+int(items)), func(context.Context, int) (int, error) {
				return 0, fuzzFail(kind%fuzzKinds, text)
			})
			run := mustRunError(t, err)
			said := err.Error()
			if len(said) > len(run.Executor)+quoted+frame {
				t.Errorf("a text of %d bytes for a name of %d and an error of %d", len(said), len(name), len(text))
			}
			if utf8.ValidString(name) && utf8.ValidString(text) && !utf8.ValidString(said) {
				t.Errorf("not valid UTF-8: %q", said)
			}
			if !strings.HasPrefix(said, run.Executor+": ") || name != "" && run.Executor != name {
				t.Errorf("%q does not begin with the name %q", said, name)
			}
			for i := range 1 + int(items) {
				if run.Failed(i) == run.Unfinished(i) {
					t.Fatalf("item %d: failed %v, unfinished %v", i, run.Failed(i), run.Unfinished(i))
				}
			}
		}
	})
}

const fuzzKinds = 7

// fuzzFail fails with a text, in one of several ways.
func fuzzFail(kind uint8, text string) error {
	switch kind {
	case 0:
		return errors.New(text)
	case 1:
		return errors.Join(errors.New(text), context.Canceled)
	case 2:
		panic(text)
	case 3:
		panic(errors.New(text))
	case 4:
		panic([]byte(text)[:min(len(text), 200)])
	case 5:
		return fuzzError{text: &text}
	default:
		return fuzzError{}
	}
}

// fuzzPanics reports whether a kind of failure is a panic.
func fuzzPanics(kind uint8) bool { return kind >= 2 && kind <= 4 }

// fuzzError panics in every method: with a text, or because it has none.
type fuzzError struct{ text *string }

func (e fuzzError) Error() string { panic(*e.text) }
func (e fuzzError) Is(error) bool { panic(*e.text) }
func (e fuzzError) As(any) bool   { panic(*e.text) }
