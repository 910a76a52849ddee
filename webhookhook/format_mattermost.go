package webhookhook

// Mattermost returns the format of Mattermost's incoming webhooks: Markdown
// and an attachment.
//
// It is made from the documentation, and not tried against the service.
func Mattermost() Format { return mattermostFormat{} }

type mattermostFormat struct{}

// Limits of Mattermost, in characters. Servers before 2019 cut attachments at
// 7,900.
const (
	mattermostText   = 4000
	mattermostDetail = 4000
	mattermostField  = 500
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
	mattermostDialect = markdown(inRunes)
	mattermostColors  = map[tone]string{neutral: "#8a8a8a", good: "#2e9e5b", warning: "#e0a100", bad: "#d13438"}
)

// Encode implements Format.
func (mattermostFormat) Encode(m Message) (string, []byte, error) {
	d := mattermostDialect
	attachment := mattermostAttachment{
		Fallback: d.fit(m.title(), mattermostText),
		Color:    mattermostColors[m.tone()],
		Footer:   m.contextLine(d, mattermostText),
	}
	for _, f := range m.Facts() {
		attachment.Fields = append(attachment.Fields, mattermostFact{true, f.Name, d.fit(f.Value, mattermostField)})
	}
	attachment.Text = markdownBody(m, d, mattermostDetail)
	return encode(jsonType, mattermostMessage{
		Text:        d.fit(m.title(), mattermostText),
		Attachments: []mattermostAttachment{attachment},
	})
}

// markdownBody is the first failure in a block of code, and the links.
func markdownBody(m Message, d dialect, limit int) string {
	var text string
	if detail := m.Detail(); detail != "" {
		text = "```\n" + d.fitCode(detail, limit) + "\n```"
	}
	if len(m.Links) > 0 {
		if text != "" {
			text += "\n"
		}
		text += m.markdownLinks(d)
	}
	return text
}
