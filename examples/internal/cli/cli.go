// Package cli handles the command line of the examples: flags, help, signals
// and the exit status. An example then contains only its own subject.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// Exit statuses of the examples.
const (
	OK          = 0
	Failed      = 1   // the job failed, in whole or in part
	Usage       = 2   // the command line is invalid
	Interrupted = 130 // a signal ended the job early
)

// Main runs a program and ends the process with the status that it returns. The
// first SIGINT or SIGTERM cancels the context of the program, a second one ends
// the process.
func Main(run func(ctx context.Context, args []string, stdout, stderr io.Writer) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// A Command is an example with its flags, which are defined as in any flag set.
type Command struct {
	*flag.FlagSet
	summary string
}

// New returns the command of examples/name. The help begins with summary.
func New(name, summary string) *Command {
	c := &Command{flag.NewFlagSet(name, flag.ContinueOnError), summary}
	c.SetOutput(io.Discard) // Run reports errors, in one place
	c.Usage = func() {}
	return c
}

// Workers defines the flag -workers for core.WithWorkers.
func (c *Command) Workers() *int {
	return c.Count("workers", runtime.GOMAXPROCS(0), "run `n` chunks at once")
}

// Count defines a flag for a whole number of at least 1.
func (c *Command) Count(name string, value int, usage string) *int {
	n := count(value)
	c.Var(&n, name, usage)
	return (*int)(&n)
}

type count int

func (n *count) String() string { return strconv.Itoa(int(*n)) }

func (n *count) Set(text string) error {
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 {
		return errors.New("need a whole number, 1 or more")
	}
	*n = count(value)
	return nil
}

// A UsageError is an error in the command line.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *UsageError) Unwrap() error { return e.Err }

// Run parses args and does the job. If args ask for help, it prints that to
// stdout instead. It reports an error on stderr and returns the exit status.
func (c *Command) Run(ctx context.Context, args []string, stdout, stderr io.Writer, job func() error) int {
	err := c.parse(args)
	if errors.Is(err, flag.ErrHelp) {
		c.help(stdout)
		return OK
	}
	if err == nil {
		err = job()
	}
	if err == nil {
		return OK
	}
	text := err.Error()
	if prefix := c.Name() + ": "; !strings.HasPrefix(text, prefix) { // errors of an executor with that name have it already
		text = prefix + text
	}
	fmt.Fprintln(stderr, text)
	if ctx.Err() != nil {
		return Interrupted
	}
	if _, ok := errors.AsType[*UsageError](err); ok {
		fmt.Fprintf(stderr, "%s -h shows the flags.\n", c.invocation())
		return Usage
	}
	return Failed
}

func (c *Command) parse(args []string) error {
	err := c.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return &UsageError{err}
	case c.NArg() > 0:
		return &UsageError{fmt.Errorf("unexpected argument %q", c.Arg(0))}
	}
	return nil
}

func (c *Command) help(w io.Writer) {
	fmt.Fprintf(w, "%s\n\nUsage: %s [flags]\n\n", c.summary, c.invocation())
	c.SetOutput(w)
	c.PrintDefaults()
	fmt.Fprint(w, `
The exit status is 0 on success, 1 if something failed, 2 for an invalid
command line and 130 if a signal ended the job early.
`)
}

func (c *Command) invocation() string { return "go run ./examples/" + c.Name() }
