// Record runs a command on a terminal of 80 columns and writes what the
// terminal showed as an animated SVG. README.md has such a picture:
//
//	GOWORK=off go -C integration run ./terminal/record -out ../docs/quickstart.svg
//
// Where the command says that it waits for Ctrl-C, that is typed. The picture needs no script, font or other file. Its text is text. Waits of
// more than a second are cut, and a long run is played faster; the description
// in the file has the factor. Recording needs Linux.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/chunkscope/chunkscope/integration/terminal/pty"
)

const (
	columns = 80
	rows    = 40 // more than a job prints, so that nothing scrolls

	defaultCommand = "go run ./examples/quickstart"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1) //nolint:gocritic // exitAfterDefer: the signals need no giving back at the end of the process
	}
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("record", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "quickstart.svg", "write the picture to `file`")
	command := flags.String("command", defaultCommand, "run `line` with sh, and show it at the prompt")
	dir := flags.String("dir", "..", "run the command in `folder`; the default is the checkout")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; quote the line after -command", flags.Arg(0))
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", *command) //nolint:gosec // G204: the command is what the user asks for
	cmd.Dir = *dir
	cmd.Env = pty.Environment(os.Environ())
	output, err := pty.Run(cmd, columns, rows, pty.Key{After: "Ctrl-C", Type: pty.Interrupt})
	if err != nil {
		return err
	}
	frames, speed := compress(replay(*command, output))
	picture := svg(*command, frames, speed)
	if err := os.WriteFile(*out, picture, 0o644); err != nil { //nolint:gosec // G306: everybody may read a picture
		return err
	}
	fmt.Fprintf(stderr, "%s: %d frames, %d bytes, %v long\n", filepath.Clean(*out), len(frames), len(picture), length(frames))
	return nil
}
