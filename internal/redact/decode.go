package redact

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// view is a text after decoding, with the place that each byte has in the text as
// it came.
type view struct {
	text []byte
	at   []int // one more than bytes: the end
}

// views returns a text as it is, and decoded in every way once and twice. If the
// text is the beginning of a longer one, an encoded character at its end may be cut.
func views(text []byte, cut bool) []view {
	raw := view{text: text, at: make([]int, len(text)+1)}
	for i := range raw.at {
		raw.at[i] = i
	}
	const levels = 2
	all, from := []view{raw}, 0
	for range levels {
		to := len(all)
		for _, v := range all[from:to] {
			for _, d := range decoders {
				if bytes.ContainsAny(v.text, d.begins) {
					all = append(all, v.decode(d, cut))
				}
			}
		}
		from = to
	}
	return all
}

// decoder decodes one encoding of characters.
type decoder struct {
	begins string // the bytes that begin an encoded character
	// next returns the length of the encoded character at the beginning of text, and
	// what it stands for. The length is 0 if there is none, and incomplete if there
	// may be one, of which the rest is missing.
	next func(text []byte) (length int, value string)
}

const incomplete = -1

var decoders = []decoder{
	{`\`, nextBackslash},
	{`%`, nextPercent},
	{`%+`, nextQuery},
	{`&`, nextEntity},
}

func (v view) decode(d decoder, cut bool) view {
	var out view
	for i := 0; i < len(v.text); {
		length, value := 1, string(v.text[i:i+1])
		if strings.IndexByte(d.begins, v.text[i]) >= 0 {
			switch n, s := d.next(v.text[i:]); {
			case n > 0:
				length, value = n, s
			case n == incomplete && cut:
				length, value = len(v.text)-i, ""
			}
		}
		for range len(value) {
			out.at = append(out.at, v.at[i])
		}
		out.text = append(out.text, value...)
		i += length
	}
	out.at = append(out.at, v.at[len(v.text)])
	return out
}

// nextPercent decodes %41.
func nextPercent(text []byte) (length int, value string) {
	return nextHex(text[:1], text[1:], 2)
}

// nextQuery is nextPercent for a query, where + stands for a space.
func nextQuery(text []byte) (length int, value string) {
	if text[0] == '+' {
		return 1, " "
	}
	return nextPercent(text)
}

// nextHex decodes hex digits after a prefix: two of them are a byte, more are a
// character.
func nextHex(prefix, text []byte, digits int) (length int, value string) {
	have := text[:min(len(text), digits)]
	n, err := strconv.ParseUint(string(have), 16, 32)
	switch {
	case len(have) < digits && (len(have) == 0 || err == nil):
		return incomplete, ""
	case err != nil:
		return 0, ""
	case digits == 2:
		return len(prefix) + digits, string([]byte{byte(n)})
	}
	return len(prefix) + digits, string(rune(n)) // what is no character becomes U+FFFD
}

var entities = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}

// nextEntity decodes &lt; and &#60; and &#x3c;.
func nextEntity(text []byte) (length int, value string) {
	const longest = len("&#x10ffff;")
	name, _, found := bytes.Cut(text[1:min(len(text), longest)], []byte(";"))
	if !found {
		if len(text) < longest {
			return incomplete, ""
		}
		return 0, ""
	}
	length = len(name) + len("&;")
	digits, numeric := strings.CutPrefix(strings.ToLower(string(name)), "#")
	if !numeric {
		if value = entities[digits]; value == "" {
			return 0, ""
		}
		return length, value
	}
	base := 10
	if hexDigits, isHex := strings.CutPrefix(digits, "x"); isHex {
		digits, base = hexDigits, 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	if err != nil {
		return 0, ""
	}
	return length, string(rune(n))
}

// letterEscapes are the escapes of one letter in Go, JSON and their like.
var letterEscapes = map[byte]string{'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v"}

// nextBackslash decodes \" and \n and \x41 and \101 and \u0041.
func nextBackslash(text []byte) (length int, value string) {
	if len(text) == 1 {
		return incomplete, ""
	}
	const prefix = 2
	switch c := text[1]; {
	case letterEscapes[c] != "":
		return prefix, letterEscapes[c]
	case c == 'x':
		return nextHex(text[:prefix], text[prefix:], 2)
	case c == 'u':
		return nextUTF16(text)
	case c == 'U':
		return nextHex(text[:prefix], text[prefix:], 8)
	case '0' <= c && c <= '7':
		digits := text[1:min(len(text), 4)]
		n, err := strconv.ParseUint(string(digits), 8, 8)
		switch {
		case err != nil:
			return 0, ""
		case len(digits) < 3:
			return incomplete, ""
		}
		return 1 + len(digits), string([]byte{byte(n)})
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '8' <= c && c <= '9':
		return 0, ""
	default:
		return prefix, string(text[1:prefix])
	}
}

// nextUTF16 decodes \u0041, or two of them that are a pair of surrogates, as JSON
// writes a character beyond 16 bits.
func nextUTF16(text []byte) (length int, value string) {
	const size = len(`\u0041`)
	length, value = nextHex(text[:2], text[2:], 4)
	if length <= 0 || value != string(utf8.RuneError) {
		return length, value
	}
	high, _ := strconv.ParseUint(string(text[2:size]), 16, 16)
	if !utf16.IsSurrogate(rune(high)) {
		return length, value
	}
	second := text[size:]
	switch {
	case len(second) < 2 && string(second) == `\u`[:len(second)]:
		return incomplete, ""
	case !bytes.HasPrefix(second, []byte(`\u`)):
		return length, value
	case len(second) < size:
		return incomplete, ""
	}
	low, err := strconv.ParseUint(string(second[2:size]), 16, 16)
	if err != nil {
		return length, value
	}
	return 2 * size, string(utf16.DecodeRune(rune(high), rune(low)))
}
