package webhookhook

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
)

// Format puts messages into the words of a service. Its methods are called on
// one goroutine at a time; a panic costs the message and nothing else.
//
// A Format that also has a method Accepts([]byte) bool is asked about the
// first 4 KiB of every answer with a 2xx status, for services that say there
// whether they took the message.
type Format interface {
	// Encode returns the body of the request, at most 16 KiB, and its content
	// type. The message's texts come from the job and its data: they must be
	// escaped.
	Encode(m Message) (contentType string, body []byte, err error)
}

const (
	maxBody  = 16 << 10
	jsonType = "application/json; charset=utf-8"
)

// encode is what every format here ends with. JSON needs no escaping of < and
// > outside of web pages, and would be longer with it.
func encodeJSON(contentType string, v any) (string, []byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", nil, err
	}
	return contentType, bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// service is a format with the hosts that speak it.
type service struct {
	hosts     []string // a leading dot means any host below
	format    Format
	httpsOnly bool // never over plain HTTP
}

var services = []service{
	{[]string{"hooks.slack.com", "hooks.slack-gov.com"}, Slack(), true},
	{[]string{"discord.com", "discordapp.com", ".discord.com", ".discordapp.com"}, Discord(), true},
	{[]string{".logic.azure.com", ".api.powerplatform.com", ".webhook.office.com"}, Teams(), true},
}

// serviceOf tells what a host speaks.
func serviceFor(host string) service {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, s := range services {
		for _, h := range s.hosts {
			if host == h || strings.HasPrefix(h, ".") && strings.HasSuffix(host, h) {
				return s
			}
		}
	}
	if strings.Contains(host, "mattermost") {
		return service{format: Mattermost()}
	}
	return service{format: Slack()}
}

// tone is the colour of a message, for services that have one.
type tone int

const (
	neutral tone = iota
	good
	warning
	bad
)

func (m Message) tone() tone {
	switch m.Event {
	case RunFailed:
		return bad
	case RunRecovered, RunSucceeded:
		return good
	case RunCanceled, FirstFailure:
		return warning
	case RunAnomaly:
		if m.Anomaly != nil && m.Anomaly.Over {
			return good
		}
		return warning
	}
	return neutral
}

// title is the headline with its sign.
func (m Message) title() string { return m.Icon() + " " + m.Headline() }

// contextLine joins where the message comes from.
func (m Message) contextLine(d dialect, limit int) string {
	parts := make([]string, 0, 2+len(m.Attrs))
	for _, f := range m.Context() {
		parts = append(parts, f.Name+" "+f.Value)
	}
	return d.fit(strings.Join(parts, " · "), limit)
}

// linkEscapes are for what could end a URL early in Markdown or Slack's mrkdwn.
var linkEscapes = strings.NewReplacer(
	"(", "%28", ")", "%29", "<", "%3C", ">", "%3E", "|", "%7C", `"`, "%22", "`", "%60", " ", "%20")

// cleanLinks keeps the links that are safe to show, and makes their URLs so.
func cleanLinks(links []Link, scrub func(string, int) string) []Link {
	var kept []Link
	for _, l := range links {
		u, err := url.Parse(l.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || len(kept) == maxLinks {
			continue
		}
		safe := linkEscapes.Replace(u.String())
		if title := scrub(l.Title, maxLinkTitle); title != "" && len(safe) <= maxLinkURL {
			kept = append(kept, Link{title, safe})
		}
	}
	return kept
}
