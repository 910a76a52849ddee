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
	"sync/atomic"

	"github.com/prometheus/exporter-toolkit/web"
)

var lineNumber = regexp.MustCompile(`line \d+`)

// checkWebConfig returns an error if a web configuration file is invalid. The
// file holds keys and password hashes, which the toolkit's errors quote. This
// error gives the place in the file instead.
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
		return fmt.Errorf("the file is not a web configuration file: see its %s", lineNumber.FindString(text))
	case strings.HasPrefix(text, "crypto/bcrypt: "):
		return errors.New("a password in the file is not a bcrypt hash")
	}
	return errors.New(strings.ReplaceAll(text, filepath.Dir(path)+string(filepath.Separator), ""))
}

// webConfigLog replaces the toolkit's log, which quotes from the web
// configuration file. It logs that the file became invalid, and that it is valid
// again: once each time, as every request reads the file.
type webConfigLog struct {
	slog.Handler
	path    string
	log     func(level slog.Level, message string, args ...any)
	invalid *atomic.Bool // as logged last
}

// Enabled reports whether the toolkit's record is of a failure.
func (webConfigLog) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

// Handle logs what is wrong with the file.
func (w webConfigLog) Handle(context.Context, slog.Record) error {
	if err := checkWebConfig(w.path); err != nil && w.invalid.CompareAndSwap(false, true) {
		w.log(slog.LevelWarn, "exporters: the web configuration file is invalid; no metrics are served", "error", err)
	}
	return nil
}

// valid notes that the toolkit has read the file.
func (w webConfigLog) valid() {
	if w.invalid.CompareAndSwap(true, false) {
		w.log(slog.LevelInfo, "exporters: the web configuration file is valid again")
	}
}
