package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
)

// pattern is a text to look for.
type pattern struct {
	text   string
	base64 bool // a part of an encoded text, which is replaced as a whole
}

// patternsOf returns what to look for on account of a secret.
func patternsOf(secret string) []pattern {
	plain := []string{secret, string([]rune(secret))} // JSON replaces each byte that is no UTF-8
	for _, unescape := range []func(string) (string, error){url.PathUnescape, url.QueryUnescape} {
		if s, err := unescape(secret); err == nil {
			plain = append(plain, s)
		}
	}
	var all []pattern
	for _, s := range plain {
		if len(s) < minSecret {
			continue
		}
		digits := hex.EncodeToString([]byte(s))
		all = append(all, pattern{text: s}, pattern{text: digits}, pattern{text: strings.ToUpper(digits)})
		for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			for before := range 3 {
				all = append(all, pattern{text: base64Inside(alphabet, s, before), base64: true})
			}
		}
	}
	return all
}

// base64Inside returns the digits of s in base64 that do not depend on what is around
// it, if so many bytes, modulo 3, come before: in "user:password" or in a header.
func base64Inside(alphabet *base64.Encoding, s string, before int) string {
	const byteBits, digitBits = 8, 6
	digits := alphabet.EncodeToString([]byte("\x00\x00"[:before] + s))
	first := (before*byteBits + digitBits - 1) / digitBits
	return digits[first : (before+len(s))*byteBits/digitBits]
}

// span is a part of a text, from a byte to before another.
type span struct{ from, to int }

// find returns where the pattern occurs in a view. If the text is the beginning of
// a longer one, its end may be the beginning of the pattern.
func (p pattern) find(v view, cut bool) (found []span) {
	add := func(from, to int) {
		for ; p.base64 && from > 0 && isBase64(v.text[from-1]); from-- {
		}
		for ; p.base64 && to < len(v.text) && isBase64(v.text[to]); to++ {
		}
		found = append(found, span{v.at[from], v.at[to]})
	}
	for from := 0; ; {
		i := bytes.Index(v.text[from:], []byte(p.text))
		if i < 0 {
			break
		}
		add(from+i, from+i+len(p.text))
		from += i + 1
	}
	if cut {
		for n := min(len(p.text)-1, len(v.text)); n > 0; n-- {
			if strings.HasSuffix(string(v.text[len(v.text)-n:]), p.text[:n]) {
				add(len(v.text)-n, len(v.text))
				break
			}
		}
	}
	return found
}

// isBase64 reports whether b is a digit of base64 in one of its alphabets.
func isBase64(b byte) bool {
	switch {
	case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9':
		return true
	}
	return strings.IndexByte("+/-_=", b) >= 0
}
