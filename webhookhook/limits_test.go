package webhookhook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// The messages of the services, according to their documentation. The integration
// module decodes those of Slack and CloudEvents with the types of other projects.
type (
	discordDoc struct {
		Content string `json:"content"`
		Embeds  []struct {
			Description string `json:"description"`
			Color       int    `json:"color"`
			Fields      []struct {
				Name   string `json:"name"`
				Value  string `json:"value"`
				Inline bool   `json:"inline"`
			} `json:"fields"`
			Footer *struct {
				Text string `json:"text"`
			} `json:"footer"`
			Timestamp string `json:"timestamp"`
		} `json:"embeds"`
		AllowedMentions *struct {
			Parse []string `json:"parse"`
		} `json:"allowed_mentions"`
	}
	mattermostDoc struct {
		Text        string `json:"text"`
		Attachments []struct {
			Fallback string `json:"fallback"`
			Color    string `json:"color"`
			Text     string `json:"text"`
			Fields   []struct {
				Short bool   `json:"short"`
				Title string `json:"title"`
				Value string `json:"value"`
			} `json:"fields"`
			Footer string `json:"footer"`
		} `json:"attachments"`
	}
	teamsDoc struct {
		Type        string `json:"type"`
		Attachments []struct {
			ContentType string          `json:"contentType"`
			ContentURL  *string         `json:"contentUrl"`
			Content     json.RawMessage `json:"content"`
		} `json:"attachments"`
	}
)

// decodeStrictly decodes a body, and returns an error for fields that v does not have.
func decodeStrictly(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind it")
	}
	return nil
}

// utf16Length returns the length of s in UTF-16 units.
func utf16Length(s string) int { return len(utf16.Encode([]rune(s))) }

// checkLimits decodes a body and checks the limits of its service.
func checkLimits(format string, body []byte) error {
	switch format {
	case "discord":
		return checkDiscord(body)
	case "mattermost":
		return checkMattermost(body)
	case "teams":
		return checkTeams(body)
	}
	return nil
}

func checkDiscord(body []byte) error {
	var m discordDoc
	if err := decodeStrictly(body, &m); err != nil {
		return err
	}
	if n := utf16Length(m.Content); n == 0 || n > 2000 || len(m.Embeds) > 10 {
		return fmt.Errorf("content of %d, %d embeds", n, len(m.Embeds))
	}
	if m.AllowedMentions == nil || m.AllowedMentions.Parse == nil || len(m.AllowedMentions.Parse) > 0 {
		return errors.New("mentions are allowed")
	}
	total := 0
	for _, e := range m.Embeds {
		if utf16Length(e.Description) > 4096 || len(e.Fields) > 25 || e.Footer != nil && utf16Length(e.Footer.Text) > 2048 {
			return fmt.Errorf("description of %d, %d fields, footer %v", utf16Length(e.Description), len(e.Fields), e.Footer)
		}
		total += utf16Length(e.Description) + utf16Length(e.Footer.Text)
		for _, f := range e.Fields {
			if utf16Length(f.Name) == 0 || utf16Length(f.Name) > 256 || utf16Length(f.Value) == 0 || utf16Length(f.Value) > 1024 {
				return fmt.Errorf("field %q of %d", f.Name, utf16Length(f.Value))
			}
			total += utf16Length(f.Name) + utf16Length(f.Value)
		}
	}
	if total > 6000 {
		return fmt.Errorf("%d in all embeds", total)
	}
	return nil
}

func checkMattermost(body []byte) error {
	var m mattermostDoc
	if err := decodeStrictly(body, &m); err != nil {
		return err
	}
	attachments := 0
	for _, a := range m.Attachments {
		attachments += utf8.RuneCountInString(a.Fallback + a.Text + a.Footer)
		for _, f := range a.Fields {
			attachments += utf8.RuneCountInString(f.Title + f.Value)
		}
	}
	if text := utf8.RuneCountInString(m.Text); text == 0 || text > 16_383 || attachments > 7_900 {
		return fmt.Errorf("text of %d, attachments of %d", text, attachments)
	}
	return nil
}

func checkTeams(body []byte) error {
	var m teamsDoc
	if err := decodeStrictly(body, &m); err != nil {
		return err
	}
	if len(body) > 28_000 || m.Type != "message" || len(m.Attachments) != 1 || m.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" {
		return fmt.Errorf("%d bytes, type %s, %d attachments", len(body), m.Type, len(m.Attachments))
	}
	return nil
}
