package webhookhook

import (
	"slices"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// messageOption returns an option that has no effect on a ping.
func messageOption(name string, apply func(*config)) Option {
	return optionFunc(func(c *config) {
		c.messageOptions = append(c.messageOptions, name)
		apply(c)
	})
}

// WithFormat sets the format of messages. The default, kept by nil, follows from
// the host of the URL: Discord for discord.com, Teams for Microsoft's workflow
// hosts, Mattermost for host names that contain "mattermost", and Slack for all
// others.
func WithFormat(f Format) Option {
	return messageOption("WithFormat", func(c *config) {
		c.mistakes.NotTypedNil("WithFormat", f)
		if f != nil {
			c.format = f
		}
	})
}

// WithEvents sets which events are sent. The default is RunFailed, RunCanceled,
// RunRecovered, FirstFailure and RunAnomaly. WithMilestones and
// WithProgressInterval enable RunProgress; it is not sent without one of them.
func WithEvents(wanted ...Event) Option {
	return messageOption("WithEvents", func(c *config) {
		for _, e := range wanted {
			c.mistakes.Require(slices.Contains(events, e), "WithEvents", string(e), "there is no such event; use the constants of type Event")
		}
		c.events = slices.Clone(wanted)
	})
}

// WithMilestones sends RunProgress when a run passes one of these percentages, from
// 1 to 99. A run that passes several at once sends one message. Runs whose total is
// not known have no milestones. The default is none.
func WithMilestones(percents ...int) Option {
	return messageOption("WithMilestones", func(c *config) {
		for _, p := range percents {
			c.mistakes.Require(p >= 1 && p <= 99, "WithMilestones", p, "the milestone is out of range; give percents from 1 to 99")
		}
		c.milestones = slices.Sorted(slices.Values(percents))
	})
}

// WithProgressInterval sends RunProgress whenever the interval has passed since the
// run's last such message, or its start. The least interval is 10 s. The default is
// never.
func WithProgressInterval(d time.Duration) Option {
	return messageOption("WithProgressInterval", func(c *config) {
		c.mistakes.Require(d >= 10*time.Second, "WithProgressInterval", d,
			"the interval is too short for messages that people read; give 10s or more")
		c.progressInterval = d
	})
}

// WithRepeatInterval sets the least interval between two messages of the same event
// and executor. Runs that end sooner are merged: the message of the last of them is
// sent when the interval is over. Other events that come sooner are not sent. The
// default is a minute; for jobs that run every few minutes, hours are a good value.
// With 0 every message is sent.
func WithRepeatInterval(d time.Duration) Option {
	return messageOption("WithRepeatInterval", func(c *config) {
		c.mistakes.Require(d >= 0, "WithRepeatInterval", d, "the interval is negative; give 0 or more")
		c.repeatInterval = d
	})
}

// WithLinks adds links to every message, at most 5, to a dashboard for instance.
// The function is called on a goroutine of the hook; if it panics, the message has
// no links. The default, kept by nil, is none.
func WithLinks(links func(core.RunInfo) []Link) Option {
	return messageOption("WithLinks", func(c *config) {
		if links != nil {
			c.links = links
		}
	})
}

// WithoutErrorText keeps the texts of errors and panics out of messages: only their
// types are sent. The default is the type and the first 200 characters.
func WithoutErrorText() Option { return optionFunc(func(c *config) { c.omitErrorText = true }) }

// WithRedactor sets a function that removes what must not leave the process from
// every text of the job: error texts, attributes, names. It gets at most 4 KiB of
// the text, before the text is cut for the message. It is called on goroutines of
// the hook, and must be safe for concurrent use. If it panics, the whole text is
// replaced by "[redacted]". The default, kept by nil, removes the hook's own URL
// and secrets only, which is done in any case.
func WithRedactor(redact func(string) string) Option {
	return optionFunc(func(c *config) {
		if redact != nil {
			c.redact = redact
		}
	})
}
