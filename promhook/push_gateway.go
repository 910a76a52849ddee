package promhook

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// parseAddress parses the address of a Pushgateway. Its errors do not show it.
func parseAddress(address string) (*url.URL, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("promhook: the address of the Pushgateway is no URL; want one like http://host:9091")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("promhook: the address of the Pushgateway has the scheme %.20q; want http or https", u.Scheme)
	case u.Host == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("promhook: the address of the Pushgateway needs a host, and no query or fragment; want one like http://host:9091")
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// gateway does the requests to one Pushgateway.
type gateway struct {
	base       *url.URL
	client     *http.Client
	unanswered bool // a request got no answer
}

// Do is what a push.Pusher calls. It returns an error for every answer that
// is not a success: the Pusher's own would have the whole address in it.
func (g *gateway) Do(r *http.Request) (*http.Response, error) {
	g.escapeSpaces(r.URL)
	response, err := g.client.Do(r) //nolint:gosec // the address is the caller's own
	g.unanswered = err != nil
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return nil, failed.Err
	}
	if err != nil || response.StatusCode == http.StatusOK || response.StatusCode == http.StatusAccepted {
		return response, err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	body, _ := io.ReadAll(io.LimitReader(response.Body, 512))
	return nil, fmt.Errorf("status %s: %q", response.Status, body)
}

// mendSpaces writes the spaces in labels as a Pushgateway reads them in a path:
// as %20, where the Pusher writes a plus sign.
func (g *gateway) escapeSpaces(u *url.URL) {
	prefix := g.base.EscapedPath()
	labels := strings.TrimPrefix(u.EscapedPath(), prefix)
	escaped := prefix + strings.ReplaceAll(labels, "+", "%20")
	if path, err := url.PathUnescape(escaped); err == nil {
		u.Path, u.RawPath = path, escaped
	}
}

// explain says what could not be pushed where, nil if err is.
func (g *gateway) wrapError(what string, err error) error {
	if err == nil {
		return nil
	}
	if text := g.scrub(err.Error()); text != err.Error() {
		err = errors.New(text)
	}
	return fmt.Errorf("promhook: cannot push the metrics of %s to %s://%s: %w", what, g.base.Scheme, g.base.Host, err)
}

// hide takes the secret parts of the address out of a text, as an answer may
// repeat them.
func (g *gateway) scrub(text string) string {
	password, _ := g.base.User.Password()
	for _, secret := range []string{password, g.base.User.Username(), strings.Trim(g.base.Path, "/"), strings.Trim(g.base.EscapedPath(), "/")} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return text
}
