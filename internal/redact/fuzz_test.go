package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/internal/redact"
)

// forms returns how servers and loggers may write a secret.
func forms(secret string) map[string]string {
	escape := func(s string, upper bool) string {
		digits := hex.EncodeToString([]byte(s))
		if upper {
			digits = strings.ToUpper(digits)
		}
		var b strings.Builder
		for i := 0; i < len(digits); i += 2 {
			b.WriteString("%" + digits[i:i+2])
		}
		return b.String()
	}
	inner := func(quoted string) string { return quoted[1 : len(quoted)-1] }
	encode := func(s string, escapeHTML bool) string {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(escapeHTML)
		if err := e.Encode(s); err != nil {
			panic(err)
		}
		return inner(strings.TrimSuffix(b.String(), "\n"))
	}
	all := map[string]string{
		"plain": secret, "quoted": inner(strconv.Quote(secret)), "quoted ASCII": inner(strconv.QuoteToASCII(secret)),
		"JSON": encode(secret, false), "JSON for HTML": encode(secret, true), "JSON with slashes": strings.ReplaceAll(encode(secret, false), "/", `\/`),
		"path": url.PathEscape(secret), "query": url.QueryEscape(secret), "percent": escape(secret, true), "lower percent": escape(secret, false),
		"HTML": html.EscapeString(secret), "hex": hex.EncodeToString([]byte(secret)), "upper hex": fmt.Sprintf("%X", secret),
		"JSON of quoted": encode(inner(strconv.Quote(secret)), true), "query of query": url.QueryEscape(url.QueryEscape(secret)),
		"HTML of JSON": html.EscapeString(encode(secret, true)),
	}
	for name, e := range map[string]*base64.Encoding{
		"base64": base64.StdEncoding, "base64 raw": base64.RawStdEncoding, "base64 URL": base64.URLEncoding, "base64 raw URL": base64.RawURLEncoding,
	} {
		all[name] = e.EncodeToString([]byte(secret))
		all[name+" after a user"] = e.EncodeToString([]byte("u:" + secret))
	}
	return all
}

// leastCut returns of how many bytes a cut form can be recognised.
func leastCut(form string) int {
	switch {
	case form == "plain":
		return 1
	case strings.HasPrefix(form, "base64"):
		return 8 // the first digits depend on what is in front of the secret
	}
	return 15 // the longest encoded character, "\\\\U0001f600" for instance
}

// inMark reports whether s is a part of the mark.
func inMark(s string) bool {
	const mark = redact.Mark
	return strings.Contains(mark, s)
}

// FuzzRedact looks for a secret in a text that repeats it in any form, between other
// texts, whole and cut anywhere.
func FuzzRedact(f *testing.F) {
	for _, s := range []string{
		"CANARYxTOKENx0123456789", `CANARY"TOKEN\0123456789`, "CANARY&TOKEN<0123456789>", "S3cr3t", "CANARYsecret", "pässwörd 😀", "a+b%20c",
		`\\\\`, "%25%25", "&amp;", "\x00\x1b\u202e\xff", "aaaa",
	} {
		f.Add(s, "unknown key ", " is revoked", 20)
		f.Add(s, `{"error":"`, `"}`, 3)
	}
	f.Fuzz(func(t *testing.T, secret, before, after string, cut int) {
		// A secret that is in the other texts, or in the mark, may be found in another place.
		if len(secret) < 4 || len(secret) > 200 || len(before) > 100 || len(after) > 100 || inMark(secret) ||
			strings.ContainsAny(before, `\%&`) {
			t.Skip()
		}
		r := redact.New(secret)
		all := forms(secret)
		for name, encoded := range all {
			if inMark(encoded) || !utf8.ValidString(secret) && strings.Contains(name, "of") {
				continue
			}
			got := r.String(before + encoded + after)
			if strings.Contains(got, encoded) {
				t.Errorf("%s: %q is in %q", name, encoded, got)
			}
			n := min(max(cut, 0), len(encoded))
			if n < leastCut(name) || inMark(encoded[:n]) {
				continue
			}
			if got := r.Prefix(before + encoded[:n]); strings.HasSuffix(got, encoded[:n]) {
				t.Errorf("%s, cut: %q is at the end of %q", name, encoded[:n], got)
			}
		}
	})
}
