package termhook

import (
	"io"
	"os"
	"slices"
	"strings"

	"github.com/chunkscope/chunkscope/internal/optcheck"
)

// Variable is the environment variable with the mode. It counts if no WithMode
// is given.
const Variable = "CHUNKSCOPE_PROGRESS"

// Mode is how progress is shown.
type Mode string

// The modes, as WithMode and CHUNKSCOPE_PROGRESS spell them.
const (
	// ModeAuto is ModeTTY on a terminal of known size with at least five rows,
	// unless TERM is dumb or CI is set. Elsewhere it is ModePlain.
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

// WithMode sets the mode, and overrides the environment. The default, also for
// an empty mode, is the value of CHUNKSCOPE_PROGRESS, or ModeAuto if that is
// unset or empty. An unknown mode is a mistake, which New reports.
func WithMode(m Mode) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(m == "" || slices.Contains(modes, m), "WithMode", string(m), "there is no such mode; use "+modeNames())
		c.mode = m
	})
}

// WithWriter sets the writer. An *os.File or a Terminal may be a terminal, any
// other writer is none. The default, also for nil, is os.Stderr; a typed nil is
// a mistake, which New reports. One goroutine at a time calls the writer. If it
// fails, blocks or panics, output is lost and nothing else.
func WithWriter(w io.Writer) Option {
	return optionFunc(func(c *config) {
		c.mistakes.NotTypedNil("WithWriter", w)
		if w != nil {
			c.out = w
		}
	})
}

// WithPage shows the URL of a page with more about the runs: above the progress,
// when the first run is shown, and in the summaries. The function is called when
// the URL is to be shown, on the hook's goroutine, and returns an empty string
// while there is no page. The default, kept by nil, shows none.
func WithPage(url func() string) Option {
	return optionFunc(func(c *config) {
		if url != nil {
			c.page = url
		}
	})
}

// config holds the values of the options and of the environment.
type config struct {
	mode     Mode // never ModeAuto once newConfig has returned
	out      io.Writer
	size     func() (columns, rows int) // nil if out is no terminal
	color    bool
	ascii    bool // the terminal shows nothing else
	page     pageFunc
	mistakes optcheck.Mistakes
}

func newConfig(opts []Option) (*config, error) {
	c := &config{out: os.Stderr, mistakes: optcheck.Mistakes{Package: hookName}}
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	fromOption := c.mode != ""
	if !fromOption {
		c.readVariable()
	}
	if err := c.mistakes.Err(); err != nil {
		return nil, err
	}
	if c.mode == ModeTTY || c.mode == ModeAuto {
		c.detectTerminal(fromOption)
	}
	return c, c.mistakes.Err()
}

// readVariable takes the mode from the environment. An error does not repeat a
// value from there, which may be anything.
func (c *config) readVariable() {
	c.mode = ModeAuto
	if value := Mode(os.Getenv(Variable)); value != "" {
		c.mistakes.Secret(slices.Contains(modes, value), Variable, "the value is no mode; use "+modeNames())
		c.mode = value
	}
}

// detectTerminal chooses between ModeTTY and ModePlain.
func (c *config) detectTerminal(fromOption bool) {
	required := c.mode == ModeTTY
	c.mode = ModePlain
	if c.size = sizeFunc(c.out); c.size == nil {
		const problem = "mode tty needs a terminal, and the writer is none; use auto or plain"
		switch {
		case required && fromOption:
			c.mistakes.Require(false, "WithMode", string(ModeTTY), problem)
		case required:
			c.mistakes.Secret(false, Variable, problem)
		}
		return
	}
	columns, rows := c.size()
	ci := os.Getenv("CI")
	if required || columns > 0 && rows >= minRows && os.Getenv("TERM") != "dumb" && (ci == "" || ci == "false") {
		c.mode = ModeTTY
		c.color = os.Getenv("NO_COLOR") == ""
		c.ascii = !localeShowsBlocks()
	}
}

func modeNames() string {
	names := make([]string, len(modes))
	for i, m := range modes {
		names[i] = string(m)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
