package otelhook

import (
	"net/url"
	"slices"

	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/plaintext"
	"github.com/chunkscope/chunkscope/internal/redact"
)

const (
	// maxRawText is how much of an error's text is looked through for secrets, in
	// bytes. An exporter repeats answers of a collector of up to 4 MiB.
	maxRawText = 16 << 10
	// maxText is how much of it is logged.
	maxText = 1 << 10
)

// ErrorText returns the text of an exporter's error as the hook logs it: without
// the secrets of [WithSecrets] and without control characters, on one line of at
// most 1 KiB. It returns "" for nil. If the Error method panics or calls
// runtime.Goexit, the text says so.
func (h *Hook) ErrorText(err error) string {
	text := guard.ErrorText(err)
	if len(text) > maxRawText {
		text = h.config.redactor.Prefix(text[:maxRawText])
	} else {
		text = h.config.redactor.String(text)
	}
	return plaintext.Clean(text, maxText)
}

// secretsOf replaces each URL by its secret parts.
func secretsOf(texts []string) (secrets []string) {
	for _, text := range texts {
		if u, err := url.Parse(text); err == nil && u.Scheme != "" && u.Host != "" {
			parts := redact.URL(u)
			secrets = append(secrets, slices.DeleteFunc(parts, func(s string) bool { return s == u.String() })...) // the host may be shown
		} else {
			secrets = append(secrets, text)
		}
	}
	return secrets
}
