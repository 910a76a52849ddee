package uihook

import (
	"strings"

	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/itemname"
	"github.com/chunkscope/chunkscope/internal/plaintext"
)

const (
	maxName       = 128     // bytes of a name or an attribute
	maxErrorText  = 512     // bytes of an error's text
	maxRedactable = 4 << 10 // bytes of a text that the redactor gets
	redacted      = "[redacted]"
)

// texts prepares the user's texts for the page.
type texts struct {
	redact     func(string) string
	omitErrors bool
}

// name returns a text as one clean line. HTML and JSON escape it later.
func (t texts) name(s string) string { return t.clean(s, maxName) }

// err returns the text of an error, empty if texts of errors are left out.
func (t texts) err(err error) string {
	if t.omitErrors {
		return ""
	}
	return t.clean(guard.ErrorText(err), maxErrorText)
}

// item returns the name of an item or a chunk, empty if such texts are left out.
func (t texts) item(name string) string {
	if t.omitErrors {
		return ""
	}
	return t.clean(name, itemname.MaxBytes)
}

// message returns the text of an anomaly, empty if such texts are left out.
func (t texts) message(s string) string {
	if t.omitErrors {
		return ""
	}
	return t.clean(s, maxErrorText)
}

func (t texts) clean(s string, maxBytes int) string {
	if t.redact == nil || s == "" {
		return plaintext.Clean(s, maxBytes)
	}
	if len(s) > maxRedactable {
		s = strings.ToValidUTF8(s[:maxRedactable], "")
	}
	clean := redacted
	_ = guard.Call(func() error { // a broken redactor leaves the mark
		clean = t.redact(s)
		return nil
	})
	return plaintext.Clean(clean, maxBytes)
}
