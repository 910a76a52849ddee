package core

import (
	"log/slog"
	"reflect"
	"time"

	"github.com/chunkscope/chunkscope/internal/optcheck"
)

const (
	defaultTarget    = 10 * time.Millisecond // see docs/chunk-size.md
	defaultInterval  = 100 * time.Millisecond
	defaultHeartbeat = time.Second

	maxWorkers = 1 << 20
)

// Option sets up an Executor.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	name            string
	workers         int           // 0: GOMAXPROCS at the run's start
	chunkSize       int           // 0: the function's default
	linger          time.Duration // of fixed sizes in streams, 0: until they are full
	target          time.Duration
	continueOnError bool
	limit           failureLimit
	interval        time.Duration
	heartbeat       time.Duration
	logger          *slog.Logger         // nil: slog.Default at the time of logging
	itemNames       map[reflect.Type]any // a func(T) string for each T of WithItemName
	mistakes        optcheck.Mistakes
}

func (c *config) log() *slog.Logger {
	if c.logger != nil {
		return c.logger
	}
	return slog.Default()
}

// WithName names the executor. The name is a label in every back end: name the
// job, not the run. An empty name keeps the default: CHUNKSCOPE_EXECUTOR in the
// environment, or else the base name of the program.
func WithName(name string) Option {
	return optionFunc(func(c *config) {
		if name != "" {
			c.name = name
		}
	})
}

// WithWorkers sets how many chunks of a run are processed at once. The default is
// runtime.GOMAXPROCS(0) at the run's start, which suits work on the CPU; work that
// waits needs more. A run never has more workers than items.
// NewExecutor panics if n is less than 1 or more than 1,048,576.
func WithWorkers(n int) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(n >= 1, "WithWorkers", n, "a run needs a worker; give at least 1, or leave the option out for GOMAXPROCS")
		c.mistakes.Require(n <= maxWorkers, "WithWorkers", n, "every worker is a goroutine with memory of its own; give at most 1048576")
		c.workers = n
	})
}

// WithChunkSize fixes the number of items in a chunk. The default for Map,
// ForEach and Stream is a timed size, see WithTargetChunkDuration; the default for
// functions on chunks is ceil(items/(16*workers)), at most 1,000. All chunks but the
// last one of a run have the fixed size, so that their borders are equal in every
// run. A chunk of a stream waits until it is full, or for WithLinger.
// NewExecutor panics if n is less than 1.
func WithChunkSize(n int) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(n >= 1, "WithChunkSize", n, "a chunk needs an item; give at least 1, or leave the option out for a timed size")
		c.chunkSize = n
	})
}

// WithLinger sets how long a chunk of a stream waits for its fixed size. Once so much
// time has passed since the chunk's first item, a free worker takes it as it is. That
// bounds the delay of an item where the source may pause, at the price of borders that
// differ from run to run. By default a chunk waits until it is full or the source ends.
//
// NewExecutor panics if d is not positive or WithChunkSize is missing: chunks without
// a fixed size never wait for items.
func WithLinger(d time.Duration) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(d > 0, "WithLinger", d, "the time is not positive; give one that is, or leave the option out to wait for full chunks")
		c.linger = d
	})
}

// WithTargetChunkDuration sets how long chunks of Map, ForEach and Stream
// should last, unless WithChunkSize fixes their size. Each worker starts with one
// item and sizes its next chunk by its last. Shorter chunks share uneven work
// better; longer ones make hooks cheaper. The default is 10 ms.
// NewExecutor panics if d is not positive.
func WithTargetChunkDuration(d time.Duration) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(d > 0, "WithTargetChunkDuration", d, "the duration is not positive; give one that is, or leave the option out for 10ms")
		c.target = d
	})
}

// WithContinueOnError makes runs process all items in spite of failures. The
// default is to stop at the first failure. WithMaxFailedItems and WithMaxFailedRatio
// go on up to a limit.
func WithContinueOnError() Option {
	return optionFunc(func(c *config) { c.continueOnError = true })
}

// WithProgressInterval sets the least time between two Progress events of a
// run. The default is 100 ms. 0 means one after every chunk; chunks that end while
// a hook is busy share one. NewExecutor panics if d is negative.
func WithProgressInterval(d time.Duration) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(d >= 0, "WithProgressInterval", d, "the interval is negative; give 0 for a Progress after every chunk, or more")
		c.interval = d
	})
}

// WithHeartbeat sets the longest time between two Progress events of a run, even
// if no chunk ends in it. The default is 1 s; a longer progress interval wins.
// NewExecutor panics if d is not positive.
func WithHeartbeat(d time.Duration) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(d > 0, "WithHeartbeat", d, "the time is not positive; give one that is, or leave the option out for 1s")
		c.heartbeat = d
	})
}

// WithLogger sets the logger of hooks' faults. Nil keeps the default, slog.Default
// at the time of logging.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if l != nil {
			c.logger = l
		}
	})
}

// checkCombinations refuses options that contradict each other.
func (c *config) checkCombinations() {
	c.mistakes.Require(c.linger <= 0 || c.chunkSize != 0, "WithLinger", c.linger, "chunks without a fixed size never wait for items; give WithChunkSize too, or leave the option out")
}

// require panics with an error that names the function, the value and the fix.
func require(ok bool, function string, value any, problem string) {
	m := optcheck.Mistakes{Package: "core"}
	m.Require(ok, function, value, problem)
	if err := m.Err(); err != nil {
		panic(err)
	}
}
