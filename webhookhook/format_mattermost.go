package webhookhook

// Mattermost returns the format of Mattermost's incoming webhooks: Markdown
// and an attachment.
//
// It follows the documentation and was not tried against the service.
func Mattermost() Format { return mattermostFormat{} }

type mattermostFormat struct{}

// Limits of texts, in characters. Mattermost allows 16,383 in a message; servers
// before 2019 allowed 7,900 in attachments.
const (
	mattermostText     = 2000
	mattermostFallback = 1000
	mattermostDetail   = 2500
	mattermostBody     = 4000 // with the links
	mattermostField    = 128
	mattermostFooter   = 1000
)

type (
	mattermostMessage struct {
		Text        string                 `json:"text"`
		Attachments []mattermostAttachment `json:"attachments"`
	}
	mattermostAttachment struct {
		Fallback string           `json:"fallback"`
		Color    string           `json:"color"`
		Text     string           `json:"text,omitempty"`
		Fields   []mattermostFact `json:"fields,omitempty"`
		Footer   string           `json:"footer"`
	}
	mattermostFact struct {
		Short bool   `json:"short"`
		Title string `json:"title"`
		Value string `json:"value"`
	}
)

var (
	mattermostDialect = markdownDialect(runeSize)
	mattermostColors  = map[tone]string{neutral: "#8a8a8a", good: "#2e9e5b", warning: "#e0a100", bad: "#d13438"}
)

// Encode implements Format.
func (mattermostFormat) Encode(m Message) (string, []byte, error) {
	d := mattermostDialect
	attachment := mattermostAttachment{
		Fallback: d.fit(m.title(), mattermostFallback),
		Color:    mattermostColors[m.tone()],
		Footer:   m.contextLine(d, mattermostFooter),
	}
	for _, f := range m.Facts() {
		attachment.Fields = append(attachment.Fields, mattermostFact{true, f.Name, d.fit(f.Value, mattermostField)})
	}
	attachment.Text = markdownBody(m, d, mattermostDetail, mattermostBody)
	return encodeJSON(jsonType, mattermostMessage{
		Text:        d.fit(m.title(), mattermostText),
		Attachments: []mattermostAttachment{attachment},
	})
}

// markdownBody returns the first failure in a block of code of at most detailLimit,
// and as many links as fit into limit.
func markdownBody(m Message, d dialect, detailLimit, limit int) string {
	var text string
	if failure := m.Detail(); failure != "" {
		text = "```\n" + d.fitCode(failure, detailLimit) + "\n```"
	}
	for i, l := range m.Links {
		link := "[" + d.fit(l.Title, maxLinkTitle) + "](" + l.URL + ")"
		switch {
		case i > 0:
			link = " · " + link
		case text != "":
			link = "\n" + link
		}
		if d.length(text+link) > limit {
			break
		}
		text += link
	}
	return text
}
