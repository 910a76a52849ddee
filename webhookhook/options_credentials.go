package webhookhook

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

const (
	maxHeaderBytes = 8 << 10 // of all headers set with options
	minKeyBytes    = 24      // bytes of a signing secret, as Standard Webhooks has it
)

// WithHeader sets a header of every request. It may be given several times, in
// all for 8 KiB. The default is none beyond what the format and the signature
// need.
func WithHeader(name, value string) Option {
	return optionFunc(func(c *config) {
		c.secrets = append(c.secrets, value)
		key := http.CanonicalHeaderKey(name)
		switch {
		case !isHeaderName(name): // and perhaps a secret
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

// WithBearerToken sends a token as authorization. The default is none.
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

// WithSecret signs every request as Standard Webhooks describes it, with each
// of the secrets, so that they can be rotated. A secret is whsec_ and the key
// in base64, of 24 bytes or more. The default is no signature.
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

// reservedHeaders are the hook's own, or net/http's.
var reservedHeaders = []string{
	"Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Host", "Connection", "Trailer", "Te", "Upgrade",
	"Accept-Encoding", http.CanonicalHeaderKey(headerID), http.CanonicalHeaderKey(headerTimestamp), http.CanonicalHeaderKey(headerSignature),
}

// isToken tells whether s can be the name of a header.
func isHeaderName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r >= 0x80 || r <= ' ' || r == 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// isHeaderValue tells whether s can be the value of a header.
func isHeaderValue(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
