package webhookhook

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

const (
	maxHeaderBytes = 8 << 10 // of all headers that options set
	minKeyBytes    = 24      // of a signing secret, according to Standard Webhooks
)

// WithHeader sets a header of every request. It may be given several times, for at
// most 8 KiB of headers. Its value is a secret, which the hook shows nowhere. The
// default is no header beyond those of the format and the signature.
func WithHeader(name, value string) Option {
	return optionFunc(func(c *config) {
		c.secrets = append(c.secrets, headerSecrets(value)...)
		key := http.CanonicalHeaderKey(name)
		switch {
		case !isHeaderName(name): // it may be a secret given in the wrong place
			c.mistakes.Secret(false, "WithHeader", "the name of a header is invalid; use letters, digits and -")
		case slices.Contains(reservedHeaders, key):
			c.mistakes.Require(false, "WithHeader", key, "the hook sets this header itself; leave it out")
		case !isHeaderValue(value):
			c.mistakes.Require(false, "WithHeader", key, "the value has a control character; remove it")
		default:
			c.header.Set(name, value)
		}
		size := 0
		for k, v := range c.header {
			size += len(k) + len(v[0])
		}
		c.mistakes.Secret(size <= maxHeaderBytes, "WithHeader", "all headers together are longer than 8 KiB; give fewer or shorter ones")
	})
}

// headerSecrets returns the secrets in the value of a header: all of it, what follows
// a scheme as in "Bearer x", and the user and password of "Basic x".
func headerSecrets(value string) []string {
	secrets := []string{value}
	if scheme, credentials, found := strings.Cut(value, " "); found {
		secrets = append(secrets, strings.TrimSpace(credentials))
		if plain, err := base64.StdEncoding.DecodeString(credentials); err == nil && strings.EqualFold(scheme, "Basic") {
			_, password, _ := strings.Cut(string(plain), ":")
			secrets = append(secrets, string(plain), password)
		}
	}
	return secrets
}

// WithBearerToken sends the header "Authorization: Bearer " with a token. The
// default is none.
func WithBearerToken(token string) Option {
	return optionFunc(func(c *config) {
		c.secrets = append(c.secrets, token)
		if token == "" || strings.ContainsRune(token, ' ') || !isHeaderValue(token) {
			c.mistakes.Secret(false, "WithBearerToken", "the token is empty, or has a space or a control character; give one without them")
			return
		}
		c.header.Set("Authorization", "Bearer "+token)
	})
}

// WithSecret signs every request according to Standard Webhooks, once with each
// secret, so that secrets can be rotated. A secret is whsec_ and, in base64, a key
// of at least 24 bytes. The default is no signature.
func WithSecret(secrets ...string) Option {
	return optionFunc(func(c *config) {
		for _, s := range secrets {
			c.secrets = append(c.secrets, s, strings.TrimPrefix(s, keyPrefix))
			key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, keyPrefix))
			if err != nil || len(key) < minKeyBytes {
				c.mistakes.Secret(false, "WithSecret", "a secret is invalid; give whsec_ and at least 24 bytes in base64")
				continue
			}
			c.signingKeys = append(c.signingKeys, key)
		}
	})
}

// reservedHeaders are set by the hook or by net/http.
var reservedHeaders = []string{
	"Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Host", "Connection", "Trailer", "Te", "Upgrade",
	"Accept-Encoding", http.CanonicalHeaderKey(headerID), http.CanonicalHeaderKey(headerTimestamp), http.CanonicalHeaderKey(headerSignature),
}

// isHeaderName reports whether s is a valid name of a header: a token of RFC 9110.
func isHeaderName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r >= 0x80 || r <= ' ' || r == 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// isHeaderValue reports whether s is a valid value of a header.
func isHeaderValue(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
