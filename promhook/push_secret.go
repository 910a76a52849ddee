package promhook

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// redacted replaces a secret in a text.
	redacted = "…"
	// maxAnswer is how many bytes of a gateway's answer an error shows.
	maxAnswer = 512
	// maxRead is how many bytes of an answer are read.
	maxRead = 8 * maxAnswer
)

// scrubber removes the secret parts of an address from texts: an answer or an
// error may repeat them.
type scrubber struct {
	replacer *strings.Replacer
	longest  int // bytes of the longest secret
}

// newScrubber returns a scrubber of the user, the password and the path of an
// address, in every form in which HTTP and Go write them.
func newScrubber(base *url.URL) scrubber {
	user := base.User.Username()
	password, _ := base.User.Password()
	escapedUser, escapedPassword, _ := strings.Cut(base.User.String(), ":")
	forms := []string{escapedUser, escapedPassword, strings.Trim(base.EscapedPath(), "/")}
	if base.User != nil {
		forms = append(forms, base64.StdEncoding.EncodeToString([]byte(user+":"+password))) // of basic authentication
	}
	for _, s := range []string{user, password, strings.Trim(base.Path, "/")} {
		forms = append(forms, s, url.PathEscape(s), url.QueryEscape(s), unquoted(strconv.Quote(s)), unquoted(strconv.QuoteToASCII(s)))
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) }) // a replacer takes the first that matches
	longest := len(forms[0])
	var pairs []string
	for _, form := range forms {
		if form != "" {
			pairs = append(pairs, form, redacted)
		}
	}
	return scrubber{strings.NewReplacer(pairs...), longest}
}

// unquoted returns a quoted text without its quotes.
func unquoted(s string) string { return s[1 : len(s)-1] }

// text returns a text without secrets.
func (s scrubber) text(text string) string { return s.replacer.Replace(text) }

// answer returns the beginning of an answer without secrets. It scrubs before it
// cuts, because a part of a secret is not recognised.
func (s scrubber) answer(body []byte) string {
	text := s.text(string(body))
	if len(body) == maxRead { // its end may be a part of a secret
		text = text[:max(0, len(text)-s.longest)]
	}
	if len(text) > maxAnswer {
		text = strings.ToValidUTF8(text[:maxAnswer], "")
	}
	return text
}
