package webhookhook

// Slack returns the format of Slack's incoming webhooks: blocks, and the headline as
// text for notifications. Slack and the services that understand its messages answer
// errors with a status; what the body of a success says differs, and does not matter.
func Slack() Format { return slackFormat{} }

type slackFormat struct{}

// Limits of Slack in characters, applied to UTF-16 units, which are never fewer.
const (
	slackHeader  = 150
	slackField   = 2000
	slackSection = 3000
	slackContext = 2000
	slackButton  = 75
	slackText    = 3000
)

type (
	slackMessage struct {
		Text        string       `json:"text"`
		Blocks      []slackBlock `json:"blocks"`
		UnfurlLinks bool         `json:"unfurl_links"`
		UnfurlMedia bool         `json:"unfurl_media"`
	}
	slackBlock struct {
		Type     string         `json:"type"`
		Text     *slackObject   `json:"text,omitempty"`
		Fields   []slackObject  `json:"fields,omitempty"`
		Elements []slackElement `json:"elements,omitempty"`
	}
	slackObject struct {
		Type     string `json:"type"`
		Text     string `json:"text"`
		Emoji    *bool  `json:"emoji,omitempty"`    // of plain_text: whether :x: becomes an emoji
		Verbatim bool   `json:"verbatim,omitempty"` // of mrkdwn: URLs and names stay text
	}
	// slackElement is a text in a context, or a button.
	slackElement struct {
		Type     string `json:"type"`
		Text     any    `json:"text"`
		Verbatim bool   `json:"verbatim,omitempty"`
		ActionID string `json:"action_id,omitempty"`
		URL      string `json:"url,omitempty"`
	}
)

func slackPlain(text string, limit int) *slackObject {
	return &slackObject{Type: "plain_text", Text: slackDialect.fit(text, limit), Emoji: new(bool)}
}

// Encode implements Format.
func (slackFormat) Encode(m Message) (string, []byte, error) {
	blocks := []slackBlock{{Type: "header", Text: slackPlain(m.title(), slackHeader)}}
	if facts := m.Facts(); len(facts) > 0 {
		fields := make([]slackObject, len(facts))
		for i, f := range facts {
			fields[i] = slackObject{Type: "mrkdwn", Text: "*" + f.Name + "*\n" + slackDialect.fit(f.Value, slackField/2), Verbatim: true}
		}
		blocks = append(blocks, slackBlock{Type: "section", Fields: fields})
	}
	if detail := m.Detail(); detail != "" {
		text := "```" + slackDialect.fitCode(detail, slackSection-len("``````")) + "```"
		blocks = append(blocks, slackBlock{Type: "section", Text: &slackObject{Type: "mrkdwn", Text: text, Verbatim: true}})
	}
	if len(m.Links) > 0 {
		buttons := make([]slackElement, len(m.Links))
		for i, l := range m.Links {
			buttons[i] = slackElement{Type: "button", Text: slackPlain(l.Title, slackButton), ActionID: "link_" + formatCount(i), URL: l.URL}
		}
		blocks = append(blocks, slackBlock{Type: "actions", Elements: buttons})
	}
	blocks = append(blocks, slackBlock{Type: "context", Elements: []slackElement{
		{Type: "mrkdwn", Text: m.contextLine(slackDialect, slackContext), Verbatim: true},
	}})
	return encodeJSON(jsonType, slackMessage{Text: slackDialect.fit(m.title(), slackText), Blocks: blocks})
}
