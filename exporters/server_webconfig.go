package exporters

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/prometheus/exporter-toolkit/web"
)

var line = regexp.MustCompile(`line \d+`)

// checkWebConfig tells what is wrong with a web configuration file. Such a file
// has keys and hashes of passwords in it, and what reads it quotes from it: this
// says where to look instead.
func checkWebConfig(path string) error {
	err := web.Validate(path)
	if err == nil {
		return nil
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("cannot %s the file: %w", failed.Op, failed.Err)
	}
	text := err.Error()
	switch {
	case strings.HasPrefix(text, "yaml: "):
		return fmt.Errorf("the file is not as a web configuration file has to be: see %s of it", line.FindString(text))
	case strings.HasPrefix(text, "crypto/bcrypt: "):
		return errors.New("a password in the file is not a hash of bcrypt")
	}
	return errors.New(strings.ReplaceAll(text, filepath.Dir(path)+string(filepath.Separator), ""))
}

// webLog is the log of what reads the file at each request. Nothing of it is
// kept but that it failed, as it greets at length and quotes from the file.
type webLog struct {
	slog.Handler
	path    string
	trouble *trouble
}

func (webLog) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

func (w webLog) Handle(context.Context, slog.Record) error {
	if err := checkWebConfig(w.path); err != nil {
		w.trouble.tell(err)
	}
	return nil
}
