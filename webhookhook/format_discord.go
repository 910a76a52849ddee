package webhookhook

// Discord returns the format of Discord's webhooks: the headline and an embed.
// No text in it mentions a person or a role.
//
// It follows the documentation and was not tried against the service.
func Discord() Format { return discordFormat{} }

type discordFormat struct{}

// Limits of texts, in UTF-16 units. Discord allows 2,000 in the content and 6,000
// in all parts of an embed together.
const (
	discordContent = 2000
	discordDetail  = 1500
	discordBody    = 3000 // with the links
	discordField   = 128
	discordFooter  = 1000
)

type (
	discordMessage struct {
		Content         string          `json:"content"`
		Embeds          []discordEmbed  `json:"embeds"`
		AllowedMentions discordMentions `json:"allowed_mentions"`
	}
	discordMentions struct {
		Parse []string `json:"parse"` // the kinds of mentions that take effect: none
	}
	discordEmbed struct {
		Description string          `json:"description,omitempty"`
		Color       int             `json:"color"`
		Fields      []discordFact   `json:"fields,omitempty"`
		Footer      *discordCaption `json:"footer,omitempty"`
		Timestamp   string          `json:"timestamp,omitempty"`
	}
	discordFact struct {
		Name   string `json:"name"`
		Value  string `json:"value"`
		Inline bool   `json:"inline"`
	}
	discordCaption struct {
		Text string `json:"text"`
	}
)

var (
	discordDialect = markdownDialect(utf16Size)
	discordColors  = map[tone]int{neutral: 0x8a8a8a, good: 0x2e9e5b, warning: 0xe0a100, bad: 0xd13438}
)

// Encode implements Format.
func (discordFormat) Encode(m Message) (string, []byte, error) {
	d := discordDialect
	embed := discordEmbed{
		Description: markdownBody(m, d, discordDetail, discordBody),
		Color:       discordColors[m.tone()],
		// A footer is plain text: Discord shows backslashes in it.
		Footer:    &discordCaption{m.contextLine(plainDialect, discordFooter)},
		Timestamp: timestamp(m.At),
	}
	for _, f := range m.Facts() {
		embed.Fields = append(embed.Fields, discordFact{f.Name, d.fit(f.Value, discordField), true})
	}
	return encodeJSON(jsonType, discordMessage{
		Content:         d.fit(m.title(), discordContent),
		Embeds:          []discordEmbed{embed},
		AllowedMentions: discordMentions{Parse: []string{}},
	})
}
