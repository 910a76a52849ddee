package webhookhook

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// redactedMark replaces secrets in texts.
const redactedMark = "[redacted]"

// secret is a text that every way of printing shows as redactedMark. It is in a
// closure, because fmt prints unexported fields of a struct without their methods:
// it finds the address of a function there.
type secret struct{ reveal func() string }

func newSecret(s string) secret { return secret{func() string { return s }} }

func (secret) String() string               { return redactedMark }
func (secret) GoString() string             { return redactedMark }
func (secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redactedMark) }
func (secret) LogValue() slog.Value         { return slog.StringValue(redactedMark) }
func (secret) MarshalText() ([]byte, error) { return []byte(redactedMark), nil }
func (secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redactedMark + `"`), nil }

// endpointURL is the URL of an endpoint. The URL is a credential, as everybody who
// knows its path and query may post; only its origin is shown.
type endpointURL struct {
	raw    secret
	origin string // its scheme and host
}

var errInvalidURL = errors.New("is not a valid absolute URL; give one as in https://hooks.example.com/…")

// parseURL parses an endpoint's URL. Its errors complete a sentence that begins
// with "the URL". Unlike those of package url, they do not quote it.
func parseURL(raw string) (endpointURL, *url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || !utf8.ValidString(raw) || !utf8.ValidString(u.Host) { // a host may be written with %80
		return endpointURL{}, nil, errInvalidURL
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return endpointURL{}, nil, errors.New("has a scheme other than https and http; use https")
	}
	u.Fragment, u.RawFragment = "", "" // a client never sends it
	return endpointURL{newSecret(u.String()), u.Scheme + "://" + u.Host}, u, nil
}

func (a endpointURL) String() string { return a.origin }

// isLoopback reports whether a host is this machine, by name or address.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// minScrubbed is the least length of a secret that is looked for in texts. Shorter
// ones occur in ordinary words.
const minScrubbed = 6

// scrubber replaces the hook's own secrets in texts: errors of the transport and of
// user code, responses of the endpoint.
type scrubber struct{ replace func(string) string }

func newScrubber(secrets []string) scrubber {
	var long []string
	for _, s := range secrets {
		if len(s) >= minScrubbed {
			long = append(long, s)
		}
	}
	// The longest come first, as a replacer takes the first that matches.
	slices.SortFunc(long, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, s := range slices.Compact(long) {
		pairs = append(pairs, s, redactedMark)
	}
	replacer := strings.NewReplacer(pairs...)
	return scrubber{replacer.Replace}
}

// urlSecrets returns the parts of a URL that are secret. Of the path and the query
// they are the parts that look like keys: other parts, "services" or the name of a
// job for instance, are words that texts may contain.
func urlSecrets(u *url.URL) []string {
	secrets := []string{u.RequestURI()}
	if u.User != nil {
		password, _ := u.User.Password()
		secrets = append(secrets, u.User.String(), u.User.Username(), password)
	}
	parts := append(strings.Split(u.Path, "/"), strings.Split(u.EscapedPath(), "/")...)
	for _, pair := range strings.Split(u.RawQuery, "&") {
		_, value, _ := strings.Cut(pair, "=")
		parts = append(parts, value)
	}
	for _, values := range u.Query() {
		parts = append(parts, values...)
	}
	for _, p := range parts {
		if len(p) >= 20 || len(p) >= 8 && strings.ContainsAny(p, "0123456789") {
			secrets = append(secrets, p)
		}
	}
	return secrets
}
