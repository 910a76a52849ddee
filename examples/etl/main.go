// Etl cleans a large file of orders, one JSON object a line. It writes valid
// orders to one file, and invalid ones, with the reason, to another.
//
//	go run ./examples/etl
//	go run ./examples/etl -rows 10000000
//	go run ./examples/etl -in orders.jsonl -out results -tolerate 0.01
//
// The orders come through core.Stream, so the file may be larger than memory:
// see job in this file. An invalid order is an error of its item. The run
// counts it, shows it at once and continues, as long as no more are invalid than
// it tolerates.
//
// Etl may be run again, also after a crash. A result gets its name only when it
// is complete (output.go), and is the same every time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	in := flag.String("in", "", "read the orders in `file` (default one that is generated in -out)")
	out := flag.String("out", "", "write clean.jsonl and rejected.jsonl to `dir` (default chunkscope-etl among the temporary files)")
	rows := flag.Int("rows", 1_000_000, "generate `n` orders, unless -in has them")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "clean `n` orders at once")
	tolerate := flag.Float64("tolerate", 1, "fail if more than this `part` of the orders is invalid, such as 0.01")
	flag.Parse()
	if *rows < 1 || *workers < 1 || !(*tolerate >= 0 && *tolerate <= 1) || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: etl [-in file] [-out dir] [-rows n] [-workers n] [-tolerate part], with n at least 1, and a part from 0 to 1")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *in, *out, *rows, *workers, *tolerate, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		switch {
		case core.IsPartial(err): // all was done, and the failures are tolerated
		case ctx.Err() != nil:
			os.Exit(130) // interrupted
		default:
			os.Exit(1)
		}
	}
}

func run(ctx context.Context, in, out string, rows, workers int, tolerate float64, stdout, stderr io.Writer) error {
	dir, err := outputDir(out)
	if err != nil {
		return fmt.Errorf("%w; name an existing directory with -out", err)
	}
	if in == "" {
		if in, err = generate(ctx, dir, rows); err != nil {
			return err
		}
	}
	orders, err := open(in)
	if err != nil {
		return fmt.Errorf("%w; name a file of orders with -in", err)
	}
	defer func() { _ = orders.Close() }()
	exec := core.NewExecutor(core.WithName("etl"), core.WithWorkers(workers), core.WithMaxFailedRatio(tolerate))
	return job(ctx, exec, orders, dir, stdout, stderr)
}

// outputDir returns the directory for the results.
func outputDir(dir string) (string, error) {
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "chunkscope-etl")
		return dir, os.MkdirAll(dir, 0o700)
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no directory", dir)
	}
	return dir, err
}

// job is the run: it reads orders and writes two files.
func job(ctx context.Context, exec *core.Executor, orders *input, dir string, stdout, stderr io.Writer) error {
	clean, err := create(filepath.Join(dir, "clean.jsonl"))
	if err != nil {
		return err
	}
	defer clean.discard()
	rejected, err := create(filepath.Join(dir, "rejected.jsonl"))
	if err != nil {
		return err
	}
	defer rejected.discard()

	exec.Register(core.Every(time.Second, core.OnProgress(func(p core.Progress) {
		fmt.Fprintln(stderr, progressLine(p, orders.read.Load(), orders.size))
	})))
	for row, err := range core.Stream(ctx, exec, orders.lines(), cleanLine) {
		if runErr, ok := errors.AsType[*core.RunError](err); ok {
			return runErr // canceled, too many bad lines, or the input cannot be read
		}
		if itemErr, ok := errors.AsType[*core.ItemError](err); ok {
			err = rejected.line(rejection(itemErr))
		} else {
			err = clean.line(row)
		}
		if err != nil {
			return err
		}
	}
	for _, o := range []*output{rejected, clean} { // the clean orders come last, because that file means that the job is done
		if err := o.commit(); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(stdout, "%d clean orders in %s\n%d rejected in %s\n", clean.lines, clean.path, rejected.lines, rejected.path)
	return err
}

// progressLine formats the progress of the run. A stream does not know its
// number of items, but the file knows its number of bytes.
func progressLine(p core.Progress, read, size int64) string {
	done := float64(read) / float64(max(size, 1))
	text := fmt.Sprintf("%3.0f%%  %d orders, %d rejected  %.0f orders/s", 100*done, p.ItemsDone, p.ItemsFailed, p.Throughput)
	if left := float64(p.Elapsed) * (1 - done) / max(done, 1e-9); done < 1 {
		text += fmt.Sprintf("  about %v left", time.Duration(left).Truncate(time.Second)+time.Second)
	}
	return text
}
