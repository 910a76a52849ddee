package exporters

import (
	"errors"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/loghook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// newSimple makes the hooks that stand by themselves, and open nothing before
// the first run.
func (c *config) newSimple() (hooks []core.Hook, terminal *termhook.Hook, err error) {
	var errs []error
	add := func(from source, h core.Hook, err error) {
		if err != nil {
			errs = append(errs, from.refuse(err))
			return
		}
		hooks = append(hooks, h)
	}
	if b := c.statsd; b != nil {
		h, err := statsdhook.New(b.at, before(b.opts, statsdhook.WithLogger(c.logger))...)
		if err != nil && b.from.secret() {
			err = errors.New("it is not the address of a StatsD server") // the hook's error repeats it
		}
		add(b.from, h, err)
	}
	for _, b := range c.webhooks {
		h, err := webhookhook.New(b.at, before(b.opts, webhookhook.WithLogger(c.logger))...)
		add(b.from, h, err)
	}
	for _, b := range c.pings {
		h, err := webhookhook.NewPing(b.at, before(b.opts, webhookhook.WithLogger(c.logger))...)
		add(b.from, h, err)
	}
	if b := c.terminal; b != nil {
		terminal, err = termhook.New(b.opts...)
		if err != nil || terminal.Mode() != termhook.ModeNone {
			add(b.from, terminal, err)
		}
	}
	if b := c.log; b != nil {
		h, err := loghook.New(b.opts...)
		add(b.from, h, err)
	}
	return hooks, terminal, errors.Join(errs...)
}

// before puts the suite's own option before those of the user, which override
// it.
func before[O any](opts []O, own O) []O { return append([]O{own}, opts...) }
