package loghook

import (
	"fmt"
	"log/slog"
	"time"
)

// Option sets up a Hook.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// WithLogger sets where records go. The default, also for nil, is what
// slog.Default returns at the time of each record.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if l != nil {
			c.logger = func() *slog.Logger { return l }
		}
	})
}

// WithProgress tells how far a run is, every interval from its start on. The
// default is not to. New fails unless the interval is positive.
func WithProgress(interval time.Duration) Option {
	return optionFunc(func(c *config) {
		c.progress = interval
		if interval <= 0 {
			c.wrong = fmt.Errorf("loghook: WithProgress(%v): need a positive interval; leave the option out for no progress", interval)
		}
	})
}

// config is what the options say.
type config struct {
	logger   func() *slog.Logger
	progress time.Duration // 0 for none
	wrong    error
}

func newConfig(opts []Option) (*config, error) {
	c := &config{logger: slog.Default}
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	return c, c.wrong
}
