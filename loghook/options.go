package loghook

import (
	"log/slog"
	"time"

	"github.com/chunkscope/chunkscope/internal/optcheck"
)

// Option sets up a Hook.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// WithLogger sets the logger that gets the records. The default, also for nil,
// is the logger that slog.Default returns at the time of each record.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if l != nil {
			c.logger = func() *slog.Logger { return l }
		}
	})
}

// WithProgress logs the progress of each run, once every interval from its
// start on. The default is to log none. An interval that is not positive is a
// mistake, which New reports.
func WithProgress(interval time.Duration) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(interval > 0, "WithProgress", interval,
			"the interval is not positive; give a positive one, or leave the option out for no progress")
		c.progress = interval
	})
}

// config holds the options' values.
type config struct {
	logger   func() *slog.Logger
	progress time.Duration // 0 for none
	mistakes optcheck.Mistakes
}

func newConfig(opts []Option) (*config, error) {
	c := &config{logger: slog.Default, mistakes: optcheck.Mistakes{Package: hookName}}
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	return c, c.mistakes.Err()
}
