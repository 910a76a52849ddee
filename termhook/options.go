package termhook

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Variable is the environment variable that chooses the mode where WithMode
// does not.
const Variable = "CHUNKSCOPE_PROGRESS"

// Mode is how progress is shown.
type Mode string

// The modes, in the words of WithMode and CHUNKSCOPE_PROGRESS.
const (
	// ModeAuto is ModeTTY on a terminal that can do it, else ModePlain. It can
	// if its size is known, with at least five rows, and neither TERM=dumb nor CI is set.
	ModeAuto Mode = "auto"
	// ModeTTY redraws lines in place. New fails if the writer is no terminal.
	ModeTTY Mode = "tty"
	// ModePlain writes a line now and then, without control characters.
	ModePlain Mode = "plain"
	// ModeJSON writes one JSON object a line, for programs.
	ModeJSON Mode = "json"
	// ModeNone writes nothing, and costs nothing.
	ModeNone Mode = "none"
)

var modes = []Mode{ModeAuto, ModeTTY, ModePlain, ModeJSON, ModeNone}

// Option sets up a Hook.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// WithMode chooses how progress is shown, whatever the environment says. The
// default, also for an empty mode, is what CHUNKSCOPE_PROGRESS says, and
// ModeAuto if it is unset or empty.
func WithMode(m Mode) Option { return optionFunc(func(c *config) { c.mode = m }) }

// WithWriter sets what is written to, and asked whether it is a terminal: an
// *os.File or a Terminal may be one. The default, also for nil, is os.Stderr.
// Writes come from one goroutine at a time; one that fails, blocks or panics
// costs output and nothing else.
func WithWriter(w io.Writer) Option {
	return optionFunc(func(c *config) {
		if w != nil {
			c.out = w
		}
	})
}

// config is what the options and the environment say.
type config struct {
	mode  Mode // never ModeAuto once New has looked
	out   io.Writer
	size  func() (columns, rows int) // nil if out is no terminal
	color bool
	ascii bool // the terminal shows nothing else
}

func newConfig(opts []Option) (*config, error) {
	c := &config{out: os.Stderr}
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	if err := c.chooseMode(); err != nil {
		return nil, err
	}
	if c.mode != ModeTTY && c.mode != ModeAuto {
		return c, nil
	}
	asked := c.mode == ModeTTY
	c.mode = ModePlain
	if c.size = sizeFunc(c.out); c.size == nil {
		if asked {
			return nil, errors.New("termhook: mode tty needs a terminal, and the writer is none or does not tell its size; " +
				"use auto or plain in WithMode or " + Variable)
		}
		return c, nil
	}
	columns, rows := c.size()
	ci := os.Getenv("CI")
	if asked || columns > 0 && rows >= minRows && os.Getenv("TERM") != "dumb" && (ci == "" || ci == "false") {
		c.mode = ModeTTY
		c.color = os.Getenv("NO_COLOR") == ""
		c.ascii = !localeShowsBlocks()
	}
	return c, nil
}

// chooseMode takes the mode from the environment if no option gave one. The
// error does not repeat a value from there, which may be anything.
func (c *config) chooseMode() error {
	if c.mode != "" {
		if !slices.Contains(modes, c.mode) {
			return fmt.Errorf("termhook: WithMode(%q): no such mode; use %s", c.mode, modeNames())
		}
		return nil
	}
	c.mode = Mode(os.Getenv(Variable))
	switch {
	case c.mode == "":
		c.mode = ModeAuto
	case !slices.Contains(modes, c.mode):
		return fmt.Errorf("termhook: %s is set to something that is no mode; use %s", Variable, modeNames())
	}
	return nil
}

func modeNames() string {
	names := make([]string, len(modes))
	for i, m := range modes {
		names[i] = string(m)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
