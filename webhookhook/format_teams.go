package webhookhook

// Teams returns the format of Microsoft Teams' workflows ("post to a channel
// when a webhook request is received"): an adaptive card.
//
// It follows the documentation and was not tried against the service.
func Teams() Format { return teamsFormat{} }

type teamsFormat struct{}

// Limits of texts in a card, in UTF-16 units. Teams allows 28 KB in all.
const (
	teamsHeadline = 2000
	teamsDetail   = 2000
	teamsContext  = 3000
)

type (
	teamsMessage struct {
		Type        string            `json:"type"`
		Attachments []teamsAttachment `json:"attachments"`
	}
	teamsAttachment struct {
		ContentType string    `json:"contentType"`
		ContentURL  *string   `json:"contentUrl"`
		Content     teamsCard `json:"content"`
	}
	teamsCard struct {
		Schema       string         `json:"$schema"`
		Type         string         `json:"type"`
		Version      string         `json:"version"`
		FallbackText string         `json:"fallbackText"`
		Body         []teamsElement `json:"body"`
		Actions      []teamsAction  `json:"actions,omitempty"`
		MSTeams      teamsWidth     `json:"msteams"`
	}
	teamsWidth struct {
		Width string `json:"width"`
	}
	// teamsElement is a RichTextBlock or a FactSet.
	teamsElement struct {
		Type    string      `json:"type"`
		Inlines []teamsRun  `json:"inlines,omitempty"`
		Facts   []teamsFact `json:"facts,omitempty"`
	}
	teamsRun struct {
		Type     string `json:"type"`
		Text     string `json:"text"`
		Size     string `json:"size,omitempty"`
		Weight   string `json:"weight,omitempty"`
		Color    string `json:"color,omitempty"`
		FontType string `json:"fontType,omitempty"`
		IsSubtle bool   `json:"isSubtle,omitempty"`
	}
	teamsFact struct {
		Title string `json:"title"`
		Value string `json:"value"`
	}
	teamsAction struct {
		Type  string `json:"type"`
		Title string `json:"title"`
		URL   string `json:"url"`
	}
)

var teamsColors = map[tone]string{neutral: "default", good: "good", warning: "warning", bad: "attention"}

// teamsText returns a text block that Teams does not read as Markdown, as it does
// with a TextBlock.
func teamsText(run teamsRun) teamsElement {
	run.Type = "TextRun"
	return teamsElement{Type: "RichTextBlock", Inlines: []teamsRun{run}}
}

// Encode implements Format.
func (teamsFormat) Encode(m Message) (string, []byte, error) {
	d := plainDialect
	headline := d.fit(m.title(), teamsHeadline)
	card := teamsCard{
		Schema:       "http://adaptivecards.io/schemas/adaptive-card.json",
		Type:         "AdaptiveCard",
		Version:      "1.4",
		FallbackText: headline,
		Body:         []teamsElement{teamsText(teamsRun{Text: headline, Size: "medium", Weight: "bolder", Color: teamsColors[m.tone()]})},
		MSTeams:      teamsWidth{"Full"},
	}
	if facts := m.Facts(); len(facts) > 0 {
		set := teamsElement{Type: "FactSet"}
		for _, f := range facts {
			set.Facts = append(set.Facts, teamsFact{f.Name, markdownDialect(utf16Size).fit(f.Value, teamsHeadline)})
		}
		card.Body = append(card.Body, set)
	}
	if detail := m.Detail(); detail != "" {
		card.Body = append(card.Body, teamsText(teamsRun{Text: d.fit(detail, teamsDetail), FontType: "monospace"}))
	}
	card.Body = append(card.Body, teamsText(teamsRun{Text: m.contextLine(d, teamsContext), Size: "small", IsSubtle: true}))
	for _, l := range m.Links {
		card.Actions = append(card.Actions, teamsAction{"Action.OpenUrl", d.fit(l.Title, maxLinkTitle), l.URL})
	}
	return encodeJSON(jsonType, teamsMessage{
		Type:        "message",
		Attachments: []teamsAttachment{{ContentType: "application/vnd.microsoft.card.adaptive", Content: card}},
	})
}
