package webhookhook

import (
	"slices"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// messageOption is an option that means nothing to a ping.
func messageOption(name string, apply func(*config)) Option {
	return optionFunc(func(c *config) {
		c.messageOptions = append(c.messageOptions, name)
		apply(c)
	})
}

// WithFormat sets how messages are put into words. The default, kept by nil,
// follows from the URL's host: Discord for discord.com, Teams for Microsoft's
// workflow hosts, Mattermost for hosts with that name in theirs, and Slack for
// all others.
func WithFormat(f Format) Option {
	return messageOption("WithFormat", func(c *config) {
		c.mistakes.NotTypedNil("WithFormat", f)
		if f != nil {
			c.format = f
		}
	})
}

// WithEvents sets what is sent, in place of the default: RunFailed, RunCanceled,
// RunRecovered, FirstFailure, RunAnomaly. RunProgress needs WithMilestones or
// WithProgressInterval, which ask for it by themselves.
func WithEvents(wanted ...Event) Option {
	return messageOption("WithEvents", func(c *config) {
		for _, e := range wanted {
			c.mistakes.Require(slices.Contains(events, e), "WithEvents", string(e), "there is no such event; use the constants of type Event")
		}
		c.events = slices.Clone(wanted)
	})
}

// WithMilestones sends a message when a run passes so many percent, for runs
// whose total is known. If it passes several between two messages, the last
// one is told. The default is none.
func WithMilestones(percents ...int) Option {
	return messageOption("WithMilestones", func(c *config) {
		for _, p := range percents {
			c.mistakes.Require(p >= 1 && p <= 99, "WithMilestones", p, "the milestone is out of range; give percents from 1 to 99")
		}
		c.milestones = slices.Sorted(slices.Values(percents))
	})
}

// WithProgressInterval sends a message of how far a run is each time so long has
// passed since the run's last one. The default is never; the least is 10 s.
func WithProgressInterval(d time.Duration) Option {
	return messageOption("WithProgressInterval", func(c *config) {
		c.mistakes.Require(d >= 10*time.Second, "WithProgressInterval", d,
			"the interval is too short for messages that people read; give 10s or more")
		c.progressInterval = d
	})
}

// WithRepeatInterval sets how soon a message may repeat another about the same
// executor and of the same event. The ends of runs that come sooner are told
// together, by the last of them, when the time is over; the other events are
// left out. The default is a minute; for jobs that run every few minutes, hours
// are a good value. With 0 everything is told.
func WithRepeatInterval(d time.Duration) Option {
	return messageOption("WithRepeatInterval", func(c *config) {
		c.mistakes.Require(d >= 0, "WithRepeatInterval", d, "the interval is negative; give 0 or more")
		c.repeatInterval = d
	})
}

// WithLinks adds links to every message, to a dashboard for instance; at most
// 5. The function is called on a goroutine of the hook. The default, kept by
// nil, is none.
func WithLinks(links func(core.RunInfo) []Link) Option {
	return messageOption("WithLinks", func(c *config) {
		if links != nil {
			c.links = links
		}
	})
}

// WithoutErrorText keeps the text of errors and panics out of messages: only
// their type is sent. The default is the type and the first 200 characters.
func WithoutErrorText() Option { return optionFunc(func(c *config) { c.omitErrorText = true }) }

// WithRedactor passes every text that comes from the job through a function
// that takes out what must not leave the process: error texts, attributes,
// names. It gets at most 4 KiB, before anything is cut off, on a goroutine of
// the hook, and must be safe for concurrent use. If it panics, the text is left
// out. The default, kept by nil, only takes out the hook's own URL and secrets,
// which is done in any case.
func WithRedactor(redact func(string) string) Option {
	return optionFunc(func(c *config) {
		if redact != nil {
			c.redact = redact
		}
	})
}
