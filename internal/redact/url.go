package redact

import (
	"net/url"
	"slices"
	"strings"
)

// publicWords are parts of paths and queries that are the same for all users of a
// service, or say yes or no. They are words that texts need.
var publicWords = []string{
	"api", "check", "checkin", "cron", "fail", "failure", "heartbeat", "heartbeats", "hook", "hooks", "incoming", "integration", "integrations",
	"invoke", "logs", "manual", "metrics", "otlp", "paths", "ping", "push", "services", "start", "status", "success", "traces", "triggers",
	"v1", "v2", "v3", "webhook", "webhookb2", "webhooks", "workflows",
	"complete", "down", "false", "none", "null", "true",
}

// URL returns the secrets of a URL: the whole of it, its path with the query, the
// user and password, each part of the path and each value of the query, encoded and
// not. Scheme and host are no secrets, nor are words like "services" and "true".
func URL(u *url.URL) []string {
	var secrets []string
	if u.User != nil {
		password, _ := u.User.Password()
		secrets = append(secrets, u.User.String(), u.User.Username()+":"+password, u.User.Username(), password)
	}
	parts := append(strings.Split(u.Path, "/"), strings.Split(u.EscapedPath(), "/")...)
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, found := strings.Cut(pair, "=")
		if !found { // the name is all there is
			value = name
		}
		parts = append(parts, value)
	}
	for _, p := range parts {
		if !slices.Contains(publicWords, strings.ToLower(p)) {
			secrets = append(secrets, p)
		}
	}
	if slices.ContainsFunc(secrets, func(s string) bool { return s != "" }) {
		secrets = append(secrets, u.String(), u.RequestURI())
	}
	return secrets
}
