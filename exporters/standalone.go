package exporters

import (
	"errors"

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
	add := func(from setting, h core.Hook, err error) {
		if err != nil {
			errs = append(errs, from.wrap(err))
			return
		}
		hooks = append(hooks, h)
	}
	if b := c.statsd; b != nil {
		h, err := statsdhook.New(b.address, prepend(statsdhook.WithLogger(c.logger), b.opts)...)
		if err != nil && b.setting.isVariable() {
			err = errors.New("the value is not the address of a StatsD server") // the hook's error repeats it
		}
		add(b.setting, h, err)
	}
	for _, b := range c.webhooks {
		h, err := webhookhook.New(b.address, prepend(webhookhook.WithLogger(c.logger), b.opts)...)
		if err != nil && b.setting.isVariable() {
			err = problemOf(err)
		}
		add(b.setting, h, err)
	}
	for _, b := range c.pings {
		h, err := webhookhook.NewPing(b.address, prepend(webhookhook.WithLogger(c.logger), b.opts)...)
		if err != nil && b.setting.isVariable() {
			err = problemOf(err)
		}
		add(b.setting, h, err)
	}
	if b := c.terminal; b != nil {
		terminal, err = termhook.New(prepend(termhook.WithPage(page), b.opts)...)
		if err != nil || terminal.Mode() != termhook.ModeNone {
			add(b.setting, terminal, err)
		}
	}
	if b := c.log; b != nil {
		h, err := loghook.New(b.opts...)
		add(b.setting, h, err)
	}
	return hooks, terminal, errors.Join(errs...)
}
