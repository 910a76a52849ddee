package exporters

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
)

// secretKey matches the keys of resource attributes whose values are secret.
var secretKey = regexp.MustCompile(`(?i)token|secret|password|passwd|credential|auth|api.?key`)

// secrets returns what no error may repeat: an answer of a collector may have it,
// and so may the error for a proxy.
func (e *otelEnv) secrets() (all []string) {
	for _, signal := range []string{"", "TRACES_", "METRICS_"} {
		all = append(all, headerSecrets(e.get(otlpPrefix+signal+"HEADERS"))...)
		all = append(all, urlSecrets(e.get(otlpPrefix+signal+"ENDPOINT"))...)
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		all = append(all, urlSecrets(e.get(name))...)
		all = append(all, urlSecrets(e.get(strings.ToLower(name)))...)
	}
	for pair := range strings.SplitSeq(e.get("OTEL_RESOURCE_ATTRIBUTES"), ",") {
		if key, value, _ := strings.Cut(pair, "="); secretKey.MatchString(key) {
			all = append(all, strings.TrimSpace(value))
		}
	}
	return all
}

// headerSecrets returns the values of a list of headers, and what they are made of.
func headerSecrets(list string) (all []string) {
	for pair := range strings.SplitSeq(list, ",") {
		_, value, hasValue := strings.Cut(pair, "=")
		if !hasValue { // the pair is invalid, and is all there is
			value = pair
		}
		value = strings.Trim(value, ` "'`)
		all = append(all, value)
		if decoded, err := url.PathUnescape(value); err == nil {
			value = decoded
		}
		scheme, credentials, ok := strings.Cut(value, " ")
		if !ok {
			continue
		}
		all = append(all, value, strings.TrimSpace(credentials))
		if user, err := base64.StdEncoding.DecodeString(strings.TrimSpace(credentials)); err == nil && strings.EqualFold(scheme, "Basic") {
			all = append(all, userSecrets(string(user))...)
		}
	}
	return all
}

// urlSecrets returns the secrets of a URL, which may be invalid.
func urlSecrets(value string) (all []string) {
	value = strings.Trim(value, ` "'`)
	_, rest, ok := strings.Cut(value, "://")
	if !ok {
		rest = value
	} else if u, err := url.Parse(value); err != nil || u.Host != "" {
		all = append(all, value) // otelhook takes a valid one apart
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		all = append(all, userSecrets(rest[:at])...)
	}
	return all
}

// userSecrets returns the secrets of user:password.
func userSecrets(s string) []string {
	user, password, _ := strings.Cut(s, ":")
	return []string{s, user, password}
}
