// Nightly is a complete job to start from. It checks backups: it reads every
// .gz file in a directory to its end, and so finds those that are damaged.
//
//	nightly -dir /backups
//
// Replace check with your own work and keep the rest: signals, telemetry from
// the environment, the exit status. README.md says how to begin.
package main

import (
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path"
	"syscall"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

func main() {
	dir := flag.String("dir", ".", "check the .gz files in `directory`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		switch {
		case core.IsPartial(err): // all was done, and the failures are tolerated
		case ctx.Err() != nil:
			os.Exit(130) // interrupted
		default:
			os.Exit(1) // for cron and Kubernetes, the job has failed
		}
	}
}

// run does the job, and reports it to the back ends in the environment.
func run(ctx context.Context, dir string) error {
	suite, err := exporters.FromEnv(ctx)
	if err != nil {
		return err
	}
	exec := core.NewExecutor(core.WithName("nightly"), core.WithContinueOnError())
	exec.Register(suite.Hook())
	jobErr := checkAll(ctx, exec, dir)
	// It takes at most 8 s. A canceled job has results to send, too.
	if err := suite.Shutdown(context.WithoutCancel(ctx)); err != nil {
		fmt.Fprintln(os.Stderr, "not everything was sent:", err)
	}
	return jobErr
}

// checkAll checks all files. A damaged one does not stop the others.
func checkAll(ctx context.Context, exec *core.Executor, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	var files []string
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && path.Ext(name) == ".gz" {
			files = append(files, name)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = errors.New("no .gz files in " + dir) // a job that finds no work has failed
	}
	if err != nil {
		return err
	}
	return core.ForEach(ctx, exec, files, func(ctx context.Context, name string) error {
		if err := check(ctx, root.FS(), name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}

// check reads a file to its end, where gzip compares the checksum.
func check(ctx context.Context, fsys fs.FS, name string) error {
	file, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	content, err := gzip.NewReader(contextReader{ctx, file})
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, content) //nolint:gosec // G110: nothing keeps the content, however large
	return err
}

// A contextReader ends with its context, so that a signal does not wait for the
// end of a large file.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}
