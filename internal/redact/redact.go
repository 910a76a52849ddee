// Package redact takes secrets out of texts that come from outside: responses
// that repeat a request, errors that quote a URL. It finds a secret as it is, and
// as a server or a logger may write it: quoted as Go, JSON, percent-encoded, as an
// HTML entity, in hex and in base64, also where only some characters are encoded, or
// one encoding is around another.
//
// Redact a text before it is cut or quoted. A secret of which a cut left a part is
// no longer recognised, except by Prefix at the end of a text.
//
//	r := redact.New(redact.URL(u)...)
//	fmt.Errorf("status %d: %q", status, r.String(body)[:256])
//
// # What is not taken out
//
// Secrets of fewer than four bytes: "v1" or "a" would black out ordinary words.
// Of a URL, the scheme and host, and the words that services have in all their URLs,
// as in /services/ or /api/. Everything else is replaced wherever it occurs,
// even inside a longer word: a text that says too little is the lesser harm.
package redact

import (
	"slices"
	"strings"
)

// Mark is what stands in a text for a secret.
const Mark = "[redacted]"

// minSecret is the least length of a secret that is looked for, in bytes.
const minSecret = 4

// Redactor replaces secrets in texts by Mark. It is safe for concurrent use, and
// nothing that prints it shows the secrets.
type Redactor struct {
	patterns func() []pattern // a function, as fmt prints the fields of a struct
}

// New returns a Redactor for secrets. It leaves out those of fewer than four bytes.
func New(secrets ...string) *Redactor {
	var all []pattern
	for _, s := range secrets {
		all = append(all, patternsOf(s)...)
	}
	slices.SortFunc(all, func(a, b pattern) int { return strings.Compare(a.text, b.text) })
	all = slices.CompactFunc(all, func(a, b pattern) bool { return a.text == b.text })
	return &Redactor{func() []pattern { return all }}
}

// String returns s without secrets.
func (r *Redactor) String(s string) string { return string(r.redact([]byte(s), false)) }

// Bytes returns b without secrets. It does not change b, and may return it.
func (r *Redactor) Bytes(b []byte) []byte { return r.redact(b, false) }

// Prefix is String for the beginning of a longer text: what may be the beginning of
// a secret, at the end of s, is replaced, too.
func (r *Redactor) Prefix(s string) string { return string(r.redact([]byte(s), true)) }

func (r *Redactor) redact(text []byte, cut bool) []byte {
	var found []span
	for _, v := range views(text, cut) {
		for _, p := range r.patterns() {
			found = append(found, p.find(v, cut)...)
		}
	}
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	var out []byte
	done := 0 // what of the text is in out, or replaced
	for i, f := range found {
		if i == 0 || f.from > done {
			out = append(out, text[done:f.from]...)
			out = append(out, Mark...)
		}
		done = max(done, f.to)
	}
	return append(out, text[done:]...)
}
