package webhookhook

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	maxSummary     = 300 // bytes of {summary} in a URL, before they are escaped
	cronitorHost   = "cronitor.link"
	cronitorParams = "&series={run_id}&message={summary}"
	cronitorEnd    = cronitorParams + "&metric=count:{items}&metric=error_count:{failed}&metric=duration:{duration}"
	kumaPath       = "/api/push/" // Uptime Kuma
)

var betterStackHosts = []string{"betterstack.com", "betteruptime.com"}

// isBetterStack reports whether a host is one of Better Stack's.
func isBetterStack(host string) bool {
	return slices.ContainsFunc(betterStackHosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) })
}

// Errors for the URL of the other kind of service. They complete a sentence that
// begins with "the URL".
var (
	errIsCheck = errors.New("is that of a dead-man's switch, which takes every message for a success; make a ping of it, with NewPing or exporters.WithPing")
	errIsChat  = errors.New("is that of a chat, which takes no pings; make a webhook of it, with New or exporters.WithWebhook")
)

// isCheck reports whether a URL is certainly that of a dead-man's switch.
func isCheck(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	return host == "hc-ping.com" || host == cronitorHost || isBetterStack(host) && strings.Contains(u.Path, "/heartbeat/")
}

// checkURLs returns the URLs for the starts, successes and failures of a check, and
// the method if the service takes only one.
func checkURLs(check *url.URL) (urls *[3]string, method string) {
	with := func(path, query string) string {
		u := check.JoinPath(path)
		u.RawQuery = strings.Trim(u.RawQuery+"&"+query, "&")
		return u.String()
	}
	host := strings.ToLower(check.Hostname())
	switch {
	case host == cronitorHost:
		return &[3]string{with("", "state=run"+cronitorParams), with("", "state=complete"+cronitorEnd), with("", "state=fail"+cronitorEnd)}, ""
	case isBetterStack(host):
		return &[3]string{"", with("", ""), with("fail", "")}, "" // it has no starts
	case strings.Contains(check.Path, kumaPath): // on a host of one's own
		status := func(status string) string {
			u, query := *check, check.Query()
			query.Set("status", status)
			query.Set("msg", "{summary}")
			u.RawQuery = query.Encode()
			return u.String()
		}
		return &[3]string{"", status("up"), status("down")}, http.MethodGet // version 1 takes nothing else
	}
	return &[3]string{with("start", "rid={uuid}"), with("", "rid={uuid}"), with("fail", "rid={uuid}")}, ""
}

// urlTemplate returns the URL for a message. It is a function, which fmt does not
// print, because a URL is a secret.
type urlTemplate func(m Message, runID string) string

var errUnknownPlaceholder = errors.New("has unknown words in braces; use {executor}, {run_id}, {uuid}, {duration}, {items}, {failed} and {summary}")

// parseURLTemplate parses a URL with placeholders. It returns the URL for an empty
// message, too. Its errors are like those of parseURL.
func parseURLTemplate(c *config, raw string) (t urlTemplate, origin string, u *url.URL, err error) {
	raw = strings.NewReplacer("%7B", "{", "%7D", "}").Replace(raw) // package url writes braces so
	t = func(m Message, runID string) string {
		escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
		return strings.NewReplacer(
			"{executor}", escape(m.Executor), "{run_id}", escape(m.RunID), "{uuid}", uuid(runID),
			"{duration}", strconv.FormatFloat(max(m.Elapsed, 0).Seconds(), 'f', 3, 64),
			"{items}", strconv.Itoa(m.ItemsDone), "{failed}", strconv.Itoa(m.ItemsFailed),
			"{summary}", escape(ellipsizeBytes(m.Headline(), maxSummary)),
		).Replace(raw)
	}
	expanded := t(Message{}, "")
	if strings.ContainsAny(expanded, "{}") {
		return nil, "", nil, errUnknownPlaceholder
	}
	endpoint, u, err := parseURL(expanded)
	if err != nil {
		return nil, "", nil, err
	}
	if err := checkScheme(c, u.Scheme, u.Hostname(), false); err != nil {
		return nil, "", nil, err
	}
	return t, endpoint.origin, u, nil
}

// uuid returns a UUID that follows from a run's id, so that all pings of the run
// have the same. It has version 8 of RFC 9562, which leaves the bits to programs.
func uuid(runID string) string {
	sum := sha256.Sum256([]byte(runID))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
