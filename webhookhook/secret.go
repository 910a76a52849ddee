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

// mark stands where a secret would.
const redactedMark = "[redacted]"

// secret is a text that prints as a mark, whatever prints it. It is kept in a
// closure: fmt calls no methods on unexported fields of a struct that it
// prints, and finds nothing but an address there.
type secret struct{ reveal func() string }

func newSecret(s string) secret { return secret{func() string { return s }} }

func (secret) String() string               { return redactedMark }
func (secret) GoString() string             { return redactedMark }
func (secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redactedMark) }
func (secret) LogValue() slog.Value         { return slog.StringValue(redactedMark) }
func (secret) MarshalText() ([]byte, error) { return []byte(redactedMark), nil }
func (secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redactedMark + `"`), nil }

// address is a URL that is itself a credential: its path, query and user
// information let anybody post. It shows its scheme and host only.
type endpointURL struct {
	raw    secret
	origin string // scheme and host
}

var errInvalidURL = errors.New("is not a valid absolute URL; give one as in https://hooks.example.com/…")

// parseAddress reads a URL. Its errors never quote the input, as those of
// package url do.
func parseURL(raw string) (endpointURL, *url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || !utf8.ValidString(raw) || !utf8.ValidString(u.Host) { // the host may be written with %80
		return endpointURL{}, nil, errInvalidURL
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return endpointURL{}, nil, errors.New("has a scheme other than https and http; use https")
	}
	u.Fragment, u.RawFragment = "", "" // never sent
	return endpointURL{newSecret(u.String()), u.Scheme + "://" + u.Host}, u, nil
}

func (a endpointURL) String() string { return a.origin }

// isLoopback tells whether a host names this machine, by name or address.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// minSecret is the length from which a secret is looked for in texts: what is
// shorter is found in innocent words.
const minScrubbed = 6

// scrubber takes the hook's own secrets out of texts that come from
// elsewhere: errors of the transport, of user code, answers of the endpoint.
type scrubber struct{ replace func(string) string }

func newScrubber(secrets []string) scrubber {
	var long []string
	for _, s := range secrets {
		if len(s) >= minScrubbed {
			long = append(long, s)
		}
	}
	// The longest first: a replacer takes the first that fits.
	slices.SortFunc(long, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, s := range slices.Compact(long) {
		pairs = append(pairs, s, redactedMark)
	}
	replacer := strings.NewReplacer(pairs...)
	return scrubber{replacer.Replace}
}

// secretsOf returns the parts of a URL that nobody may see, in texts from
// elsewhere too. Of its path and query these are the parts that look like keys:
// others, "services" for instance or the name of a job, are words that texts
// need.
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
