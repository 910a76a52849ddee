package exporters

import (
	"context"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// Suite is a set of hooks that are made together and shut down together. It
// serves any number of executors, and is safe for concurrent use.
type Suite struct {
	hooks  []core.Hook
	logger *slog.Logger // nil for slog.Default at the time of logging
	writer io.Writer    // of the terminal; nil without one
	server *server      // nil without one
	page   *page        // nil without one

	disabled bool // by CHUNKSCOPE_DISABLED; the hooks are only shut down

	mu     sync.Mutex
	done   chan struct{} // made by the first Shutdown, and closed at its end
	result error         // of the first Shutdown
}

// New sets up the backends that the options name, and no others. Before the
// first run it starts nothing but the server of WithPrometheus and
// OpenTelemetry's exporters. It returns an error that names every invalid
// option, and then leaves nothing behind. What may be cured without the program
// is no error: New logs a warning if the address of WithPrometheus is in use, or
// a variable of OpenTelemetry's has an invalid value. The context is for New
// alone. The creator of the suite calls Shutdown.
func New(ctx context.Context, opts ...Option) (*Suite, error) {
	return newSuite(ctx, newConfig(opts), nil)
}

// Hook returns all hooks of the suite as one, to be registered with executors.
// The hook of an empty suite observes nothing, at no cost.
func (s *Suite) Hook() core.Hook {
	if s.disabled {
		return core.MultiHook()
	}
	return core.MultiHook(s.hooks...)
}

// Addr returns the address at which the suite serves metrics, "127.0.0.1:9090"
// for instance. It returns "" if the suite serves none, or waits for the address
// because another program uses it.
func (s *Suite) Addr() string {
	if s.server != nil {
		if addr := s.server.addr.Load(); addr != nil {
			return *addr
		}
	}
	return ""
}

// Writer returns the writer for what goes to standard error besides the
// progress, the program's log for instance. With it, log and progress do not
// tear each other's lines; see [termhook.Hook.Writer]. Without progress it is
// standard error itself.
func (s *Suite) Writer() io.Writer {
	if s.writer == nil {
		return os.Stderr
	}
	return s.writer
}
