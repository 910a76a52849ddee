package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chunkscope/chunkscope/core"
)

// settings are what the flags say.
type settings struct {
	root    string // "" for the standard library
	workers int    // files read at once, 0 for one per CPU
	chunk   int    // files in a chunk, 0 for as many as take about a millisecond
	fail    int    // with 3, each third file fails; with 0 none
	metrics string // address to serve metrics at, "" for none
	otlp    string // base URL to send spans and metrics to, "" for none
}

// options returns what s means for the executor.
func (s settings) options() []core.Option {
	opts := []core.Option{core.WithName("quickstart"), core.WithContinueOnError()}
	if s.workers > 0 {
		opts = append(opts, core.WithWorkers(s.workers))
	}
	if s.chunk > 0 {
		opts = append(opts, core.WithChunkSize(s.chunk))
	}
	return opts
}

// parseFlags parses the command line, and tells on stderr what is wrong with it.
func parseFlags(args []string, stderr io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.root, "root", "", "read the Go files under `dir` (default the standard library)")
	flags.Func("workers", "read `n` files at once (default one per CPU)", wholeNumber(&s.workers))
	flags.Func("chunk", "give workers `n` files at a time (default as many as take about a millisecond)", wholeNumber(&s.chunk))
	flags.Func("fail", "make every `n`th file fail (default none)", wholeNumber(&s.fail))
	flags.StringVar(&s.metrics, "metrics", "", "serve Prometheus metrics at `address`, as :9090 to this machine alone (default none)")
	flags.Func("otlp", "send spans and metrics to the collector at `URL`, http://localhost:4318 for instance (default none)", baseURL(&s.otlp))
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		err := fmt.Errorf("quickstart: unexpected argument %q; name a directory with -root", flags.Arg(0))
		fmt.Fprintln(stderr, err)
		return s, err
	}
	return s, nil
}

// wholeNumber returns the parser of a flag that sets n.
func wholeNumber(n *int) func(string) error {
	return func(value string) (err error) {
		if *n, err = strconv.Atoi(value); err != nil || *n < 0 {
			return errors.New("need a whole number, 0 for the default")
		}
		return nil
	}
}

// openRoot opens the directory to read, the standard library's if dir is empty,
// until the program ends.
func openRoot(ctx context.Context, dir string) (fs.FS, error) {
	if dir == "" {
		goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
		if err != nil {
			return nil, fmt.Errorf("quickstart: cannot find the standard library: go env GOROOT: %w; name a directory with -root", err)
		}
		dir = filepath.Join(strings.TrimSpace(string(goroot)), "src")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("quickstart: %w; name a directory of Go files with -root", err)
	}
	return root.FS(), nil
}
