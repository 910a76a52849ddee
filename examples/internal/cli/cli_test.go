package cli_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
)

// program is a command whose job returns an error.
func program(err error) clitest.Program {
	return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
		c := cli.New("program", "Does what an example does.")
		size := c.Count("size", 7, "take `n` items")
		workers := c.Workers()
		return c.Run(ctx, args, stdout, stderr, func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			fmt.Fprintln(stdout, "size", *size, "workers", *workers)
			return err
		})
	}
}

func TestCommand(t *testing.T) {
	status, stdout, stderr := program(nil).Run(t.Context(), "-size", "3", "-workers", "5")
	if status != cli.OK || stdout != "size 3 workers 5\n" || stderr != "" {
		t.Errorf("exit status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
	_, stdout, _ = program(nil).Run(t.Context(), "-h")
	for _, want := range []string{"Does what an example does.\n", "Usage: go run ./examples/program [flags]\n", "-size n\n", "(default 7)"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the help lacks %q:\n%s", want, stdout)
		}
	}
}

func TestStatus(t *testing.T) {
	broken := errors.New("broken")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx    context.Context
		err    error
		want   int
		stderr string
	}{
		{t.Context(), nil, cli.OK, ""},
		{t.Context(), broken, cli.Failed, "program: broken\n"},
		{t.Context(), fmt.Errorf("program: %w", broken), cli.Failed, "program: broken\n"},
		{t.Context(), fmt.Errorf("so: %w", &cli.UsageError{Err: broken}), cli.Usage, "program: so: broken\ngo run ./examples/program -h shows the flags.\n"},
		{canceled, broken, cli.Interrupted, "program: context canceled\n"},
	} {
		if status, _, stderr := program(c.err).Run(c.ctx); status != c.want || stderr != c.stderr {
			t.Errorf("%v: exit status %d, want %d; stderr %q, want %q", c.err, status, c.want, stderr, c.stderr)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	p := program(nil)
	p.Refuses(t, []string{"-speed", "9"}, "program: ", "-speed", "-h shows the flags")
	p.Refuses(t, []string{"-size"}, "-size")
	p.Refuses(t, []string{"a", "b"}, `unexpected argument "a"`)
	for _, bad := range []string{"0", "-3", "", "7x"} {
		p.Refuses(t, []string{"-size=" + bad}, fmt.Sprintf("%q", bad), "-size", "need a whole number, 1 or more")
	}
}
