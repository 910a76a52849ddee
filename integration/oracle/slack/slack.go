// Package slack reads messages for the incoming webhooks of Slack with the
// types of slack-go. It is stricter than Slack, and checks the limits of Slack.
package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf16"

	"github.com/slack-go/slack"
)

// Limits of Slack; those of texts are in characters.
const (
	maxText    = 4000 // Slack truncates at 40,000 and recommends this
	maxBlocks  = 50
	maxHeader  = 150
	maxSection = 3000
	maxFields  = 10
	maxField   = 2000
	maxContext = 10
	maxButtons = 25
	maxButton  = 75
	maxURL     = 3000
	maxTotal   = 13_200 // of all texts in blocks; observed by users as msg_blocks_too_long
)

// Read decodes a message and checks it. Everything in it must be known to
// slack-go with the same type, and no limit may be exceeded.
func Read(body []byte) (*slack.WebhookMessage, error) {
	var m slack.WebhookMessage
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, err
	}
	// Unknown fields get lost when the message is decoded and encoded again.
	again, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	var sent, read any
	if err := errors.Join(json.Unmarshal(body, &sent), json.Unmarshal(again, &read)); err != nil {
		return nil, err
	}
	if err := within("message", sent, read); err != nil {
		return nil, err
	}
	return &m, check(m)
}

// within returns what a value has that another lacks.
func within(path string, sent, read any) error {
	switch sent := sent.(type) {
	case map[string]any:
		other, ok := read.(map[string]any)
		if !ok {
			return fmt.Errorf("%s became %v", path, read)
		}
		for k, v := range sent {
			o, ok := other[k]
			if !ok && v == false {
				continue // left out if it is the zero value
			}
			if !ok {
				return fmt.Errorf("%s.%s is not known to Slack", path, k)
			}
			if err := within(path+"."+k, v, o); err != nil {
				return err
			}
		}
	case []any:
		other, ok := read.([]any)
		if !ok || len(other) != len(sent) {
			return fmt.Errorf("%s became %v", path, read)
		}
		for i := range sent {
			if err := within(fmt.Sprint(path, "[", i, "]"), sent[i], other[i]); err != nil {
				return err
			}
		}
	default:
		if !reflect.DeepEqual(sent, read) {
			return fmt.Errorf("%s is %v, and became %v", path, sent, read)
		}
	}
	return nil
}

// checker counts the contents of a message.
type checker struct {
	errs  []error
	total int
	ids   map[string]bool
}

func (c *checker) require(ok bool, format string, args ...any) {
	if !ok {
		c.errs = append(c.errs, fmt.Errorf(format, args...))
	}
}

// text checks a text of a block.
func (c *checker) text(what string, t *slack.TextBlockObject, kind string, limit int) {
	if t == nil {
		c.require(false, "%s: no text", what)
		return
	}
	n := length(t.Text)
	c.total += n
	c.require(n > 0 && n <= limit, "%s: %d characters, at most %d are allowed", what, n, limit)
	c.require(t.Type == kind, "%s: it is %s, not %s", what, t.Type, kind)
	c.require(!strings.ContainsAny(t.Text, "<>"), "%s: a mention or link: %q", what, t.Text)
	c.require(strings.Count(t.Text, "```")%2 == 0, "%s: an open block of code: %q", what, t.Text)
	if err := t.Validate(); err != nil {
		c.errs = append(c.errs, fmt.Errorf("%s: %w", what, err))
	}
}

func check(m slack.WebhookMessage) error {
	c := &checker{ids: map[string]bool{}}
	c.require(m.Text != "" && length(m.Text) <= maxText, "text: %d characters", length(m.Text))
	c.require(!strings.ContainsAny(m.Text, "<>"), "text: a mention or link: %q", m.Text)
	c.require(m.Blocks != nil && len(m.Blocks.BlockSet) <= maxBlocks, "too many blocks, or none")
	if m.Blocks != nil {
		for i, block := range m.Blocks.BlockSet {
			c.block(fmt.Sprint("block ", i), block)
		}
	}
	c.require(c.total <= maxTotal, "%d characters in all blocks", c.total)
	return errors.Join(c.errs...)
}

func (c *checker) block(what string, block slack.Block) {
	switch b := block.(type) {
	case *slack.HeaderBlock:
		c.text(what+", header", b.Text, slack.PlainTextType, maxHeader)
	case *slack.SectionBlock:
		c.require(b.Text != nil || len(b.Fields) > 0, "%s: an empty section", what)
		c.require(len(b.Fields) <= maxFields, "%s: %d fields", what, len(b.Fields))
		if b.Text != nil {
			c.text(what+", section", b.Text, slack.MarkdownType, maxSection)
		}
		for _, f := range b.Fields {
			c.text(what+", field", f, slack.MarkdownType, maxField)
		}
	case *slack.ContextBlock:
		n := len(b.ContextElements.Elements)
		c.require(n > 0 && n <= maxContext, "%s: %d elements", what, n)
		for _, e := range b.ContextElements.Elements {
			t, ok := e.(*slack.TextBlockObject)
			c.require(ok, "%s: an element of type %T", what, e)
			c.text(what+", context", t, slack.MarkdownType, maxSection)
		}
	case *slack.ActionBlock:
		n := len(b.Elements.ElementSet)
		c.require(n > 0 && n <= maxButtons, "%s: %d elements", what, n)
		for _, e := range b.Elements.ElementSet {
			button, ok := e.(*slack.ButtonBlockElement)
			if !ok {
				c.require(false, "%s: an element of type %T", what, e)
				continue
			}
			c.text(what+", button", button.Text, slack.PlainTextType, maxButton)
			c.require(button.URL != "" && length(button.URL) <= maxURL, "%s: a URL of %d characters", what, length(button.URL))
			c.require(!c.ids[button.ActionID], "%s: %q twice", what, button.ActionID)
			c.ids[button.ActionID] = true
		}
	default:
		c.require(false, "%s: a block of type %T", what, block)
	}
}

// length counts UTF-16 units. That is at least the count of Slack, however
// Slack counts.
func length(s string) int { return len(utf16.Encode([]rune(s))) }
