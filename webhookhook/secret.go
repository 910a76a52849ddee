package webhookhook

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/internal/redact"
)

// secret is a text that every way of printing shows as redact.Mark. It is in a
// closure, because fmt prints unexported fields of a struct without their methods:
// it finds the address of a function there.
type secret struct{ reveal func() string }

func newSecret(s string) secret { return secret{func() string { return s }} }

func (secret) String() string               { return redact.Mark }
func (secret) GoString() string             { return redact.Mark }
func (secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redact.Mark) }
func (secret) LogValue() slog.Value         { return slog.StringValue(redact.Mark) }
func (secret) MarshalText() ([]byte, error) { return []byte(redact.Mark), nil }
func (secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redact.Mark + `"`), nil }

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

// proxySecrets returns the secrets of the proxies in the environment: a proxy
// answers, too, and may repeat what it was sent.
func proxySecrets() (secrets []string) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		if u, err := url.Parse(os.Getenv(name)); err == nil && u.User != nil {
			password, _ := u.User.Password()
			secrets = append(secrets, u.User.String(), u.User.Username()+":"+password, u.User.Username(), password)
		}
	}
	return secrets
}

// completeText is the least length of a text that may have been cut already, in
// bytes: texts of panics are, at 1 KiB.
const completeText = 1 << 10

// redactText returns at most the first 4 KiB of a text, with the secrets replaced
// before anything else is done with it.
func redactText(secrets *redact.Redactor, s string) string {
	if len(s) < completeText {
		return secrets.String(s)
	}
	return secrets.Prefix(truncateBytes(s, maxRawText))
}
