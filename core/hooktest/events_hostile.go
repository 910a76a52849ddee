package hooktest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chunkscope/chunkscope/core"
)

// hostileText is a text that does harm where it is not escaped.
type hostileText struct{ name, text string }

// hostileTexts are used as names, ids, attributes, errors, messages and kinds.
var hostileTexts = []hostileText{
	{"an empty text", ""},
	{"a text with NUL", "a\x00b"},
	{"a text with line ends", "a\nb\r\nc\u2028d"},
	{"a text with the separators of metric formats", "a|b:c#d@e,f;g=h"},
	{"a text with quotes and backslashes", `a"b'c\d` + "`"},
	{"a text with markup", "<!channel> & <a|b> {{.}} %s%n %!v"},
	{"a text with a path", "../../a/b?c=d%2e#e"},
	{"a text that overrides the direction of writing", "a\u202ecba\u2066"},
	{"a text that drives a terminal", "\x1b[2J\x1b]0;a\x07\b"},
	{"a text that is no valid UTF-8", "a\xff\xfe\xc3\x28\xed\xa0\x80"},
	{"a text that begins with half a rune", "\x9f\x98\x80 a"},
	{"the reserved name __name__", "__name__"},
	{"the reserved name le", "le"},
	{"a text that begins with a digit", "0day"},
	{"a text of spaces", " \t "},
	{"a text of 1 MB", strings.Repeat("0123456789abcdé", 1<<16)},
}

// hostileError is an error that does harm where its methods or its type are trusted.
type hostileError struct {
	name string
	err  error
}

// hostileErrors are errors that user code may return. Core passes them on as they are.
var hostileErrors = []hostileError{
	{"an error whose Error method panics", panickingError{}},
	{"a typed nil error", (*nilError)(nil)},
	{"an error that cannot be compared or be a map's key", listError{"a", "b"}},
	{"an error of many errors", errors.Join(errSample, context.Canceled, context.DeadlineExceeded, core.ErrGoexit)},
	{"an error in a hundred wrappers", wrapped(errSample, 100)},
	{"a panic with a value that is no error", &core.PanicError{Value: make(chan int)}},
	{"a panic with a value whose String method panics", &core.PanicError{Value: panickingStringer{}}},
}

type panickingError struct{}

func (panickingError) Error() string { panic("hooktest: the Error method panics") }

type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

type listError []string

func (e listError) Error() string { return strings.Join(e, ", ") }

type panickingStringer struct{}

func (panickingStringer) String() string { panic("hooktest: the String method panics") }

func wrapped(err error, times int) error {
	for range times {
		err = fmt.Errorf("again: %w", err)
	}
	return err
}

// hostileEvents returns sample events with text in every field that has a text.
func hostileEvents(text string) eventSet {
	events := sampleEvents(text, text, &core.ItemError{Index: 31, Name: text, Err: errors.New(text)})
	events.runStart.Attrs = map[string]string{text: text}
	events.runEnd.Attrs = map[string]string{text: text}
	events.chunkEnd.RemoteWorker = text
	events.itemFailure.Name, events.progress.OldestChunk.Name = text, text
	events.chunkEnd.Custom = []core.CounterValue{{Name: text, Unit: text, Value: 1}}
	events.runEnd.Custom = []core.CounterValue{{Name: text, Unit: text, Value: 1}}
	events.anomaly.Kind, events.anomaly.Message = core.AnomalyKind(text), text
	events.fault.Hook, events.fault.Kind, events.fault.Value, events.fault.Stack = text, core.FaultKind(text), text, []byte(text)
	return events
}
