package exporters

import (
	"errors"
	"log/slog"
	"slices"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/loghook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// newStandalone returns the hooks that need no other hook. They open nothing
// before the first run. The terminal is returned by itself too, nil if there is
// none. It shows the URL of a page.
func (c *config) newStandalone(page func() string) (hooks []core.Hook, terminal *termhook.Hook, err error) {
	var errs []error
	add := func(h core.Hook, err error) {
		if err != nil {
			errs = append(errs, err)
			return
		}
		hooks = append(hooks, h)
	}
	if c.statsd != nil {
		add(c.newStatsD())
	}
	for _, b := range c.webhooks {
		b.opts = slices.Concat(c.links, b.opts)
		add(newWebhook(&b, c.logger, webhookhook.New))
	}
	for _, b := range c.pings {
		add(newWebhook(&b, c.logger, webhookhook.NewPing))
	}
	if b := c.terminal; b != nil {
		terminal, err = termhook.New(prepend(termhook.WithPage(page), b.opts)...)
		if err != nil || terminal.Mode() != termhook.ModeNone {
			add(terminal, b.setting.wrapAny(err))
		}
	}
	if b := c.log; b != nil {
		h, err := loghook.New(b.opts...)
		add(h, b.setting.wrapAny(err))
	}
	return hooks, terminal, errors.Join(errs...)
}

func (c *config) newStatsD() (core.Hook, error) {
	b := c.statsd
	opts := prepend(statsdhook.WithLogger(c.logger), b.opts)
	h, err := statsdhook.New(b.address, opts...)
	if err == nil {
		return h, nil
	}
	if b.addressSetting().isVariable() {
		err = errors.New("the value is not the address of a StatsD server") // the hook's error repeats it
	}
	return nil, b.blame(err, func() error { _, err := statsdhook.New("localhost:8125", opts...); return err })
}

// newWebhook returns a webhook or a ping, as construct does.
func newWebhook[H core.Hook](b *backend[webhookhook.Option], logger *slog.Logger, construct func(string, ...webhookhook.Option) (H, error)) (core.Hook, error) {
	opts := prepend(webhookhook.WithLogger(logger), b.opts)
	h, err := construct(b.address, opts...)
	if err != nil {
		if b.addressSetting().isVariable() {
			err = problemOf(err)
		}
		return nil, b.blame(err, func() error { _, err := construct("https://localhost/", opts...); return err })
	}
	return h, nil
}
