package webhookhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// Format encodes messages for a service. Its methods are called on a goroutine of
// the hook, one call at a time. An error or a panic costs the message, which is
// counted as format_error.
//
// Every response with a 2xx status means that the message is delivered. A Format may
// have a method Accepts([]byte) bool, for services that say only in the body whether
// they accepted the message. It gets the first 4 KiB of such a response; false makes
// the attempt fail. None of the formats here has it.
type Format interface {
	// Encode returns the content type and the body of the request, at most 16 KiB.
	// It must escape the texts of the message, which come from the job and its
	// data.
	Encode(m Message) (contentType string, body []byte, err error)
}

const (
	maxBody  = 16 << 10
	jsonType = "application/json; charset=utf-8"
)

// encodeJSON encodes a body. It leaves < and > as they are: outside of web pages
// JSON need not escape them, and would be longer with it.
func encodeJSON(contentType string, v any) (string, []byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", nil, err
	}
	return contentType, bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// formatNames are the formats by name, in the order of the documentation.
var formatNames = []struct {
	name   string
	format Format
}{
	{"slack", Slack()},
	{"discord", Discord()},
	{"teams", Teams()},
	{"mattermost", Mattermost()},
	{"json", JSON()},
	{"cloudevents", CloudEvents("")},
}

// ParseFormat returns the format of a name, for programs that read it from a variable
// or a flag: slack, discord, teams, mattermost, json or cloudevents, in upper or lower
// case. The error lists the names, and does not repeat an unknown one, which may be
// a secret in the wrong place.
func ParseFormat(name string) (Format, error) {
	var names []string
	for _, f := range formatNames {
		if strings.EqualFold(f.name, strings.TrimSpace(name)) {
			return f.format, nil
		}
		names = append(names, f.name)
	}
	return nil, errors.New("webhookhook: ParseFormat: there is no format of this name; give one of " + strings.Join(names, ", "))
}

// service is a chat service with its hosts and format.
type service struct {
	hosts     []string // a leading dot stands for every host below
	format    Format
	httpsOnly bool // never over plain HTTP
}

var services = []service{
	{[]string{"hooks.slack.com", "hooks.slack-gov.com"}, Slack(), true},
	{[]string{"discord.com", "discordapp.com", ".discord.com", ".discordapp.com"}, Discord(), true},
	{[]string{".logic.azure.com", ".api.powerplatform.com", ".webhook.office.com"}, Teams(), true},
}

// serviceFor returns the service of a host.
func serviceFor(host string) service {
	if s := chatOf(host); s != nil {
		return *s
	}
	if strings.Contains(strings.ToLower(host), "mattermost") {
		return service{format: Mattermost()}
	}
	return service{format: Slack()}
}

// chatOf returns the chat service whose host this is for certain, or nil.
func chatOf(host string) *service {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for i, s := range services {
		for _, h := range s.hosts {
			if host == h || strings.HasPrefix(h, ".") && strings.HasSuffix(host, h) {
				return &services[i]
			}
		}
	}
	return nil
}

// tone is the mood of a message, which services show as a colour.
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

// title returns the headline with its icon.
func (m Message) title() string { return m.Icon() + " " + m.Headline() }

// contextLine returns the message's context in one line.
func (m Message) contextLine(d dialect, limit int) string {
	parts := make([]string, 0, 2+len(m.Attrs))
	for _, f := range m.Context() {
		parts = append(parts, f.Name+" "+f.Value)
	}
	return d.fit(strings.Join(parts, " · "), limit)
}

// linkEscapes escapes what would end a URL early in Markdown or Slack's mrkdwn.
var linkEscapes = strings.NewReplacer(
	"(", "%28", ")", "%29", "<", "%3C", ">", "%3E", "|", "%7C", `"`, "%22", "`", "%60", " ", "%20")

// cleanLinks returns at most 5 links with a title and an absolute URL of http or
// https, cleaned and escaped.
func cleanLinks(links []Link, cleanText func(string, int) string) []Link {
	var kept []Link
	for _, l := range links {
		u, err := url.Parse(l.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || len(kept) == maxLinks {
			continue
		}
		escaped := linkEscapes.Replace(u.String())
		if title := cleanText(l.Title, maxLinkTitle); title != "" && len(escaped) <= maxLinkURL {
			kept = append(kept, Link{title, escaped})
		}
	}
	return kept
}
