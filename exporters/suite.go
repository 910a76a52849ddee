package exporters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// Suite is a set of hooks that were made together and are shut down together.
// It may be used with any number of executors, and is safe for concurrent use.
type Suite struct {
	hooks  []core.Hook
	writer io.Writer // of the terminal; nil without one
	server *server   // nil without one

	mu     sync.Mutex
	over   chan struct{} // made by the first Shutdown, closed when that is done
	result error         // of it
}

// New sets up the backends that the options name, and no others. Before the
// first run nothing is started but the server of WithPrometheus and
// OpenTelemetry's exporters. It fails if an option cannot be, or the address
// cannot be listened at, and then leaves nothing behind. The context is for New
// alone. Whoever made the suite calls Shutdown.
func New(ctx context.Context, opts ...Option) (*Suite, error) {
	return build(ctx, newConfig(opts))
}

// Hook returns all hooks of the suite as one, to be registered with executors.
// That of a suite without any observes nothing, at no cost.
func (s *Suite) Hook() core.Hook { return core.MultiHook(s.hooks...) }

// Addr returns the address that the suite serves metrics at, "127.0.0.1:9090"
// for instance, and "" if it serves none.
func (s *Suite) Addr() string {
	if s.server == nil {
		return ""
	}
	return s.server.listener.Addr().String()
}

// Writer returns where to write what goes to standard error besides the
// progress, the program's log for instance, so that they do not tear each
// other's lines; see [termhook.Hook.Writer]. Without progress it is standard
// error itself.
func (s *Suite) Writer() io.Writer {
	if s.writer == nil {
		return os.Stderr
	}
	return s.writer
}

// Shutdown sends what the hooks still hold, all of them side by side, and ends
// them; then it stops the server, letting a scrape that is under way finish. It
// takes until ctx is done, or 8 s if that has no deadline, and a tenth of a
// second at most to wind up; with a context that is done, nothing is sent any
// more. Give it a context of its own: that of an interrupted job is done.
//
// The error says what was lost, for each hook that lost something. Only the
// first call does anything; others wait for it, as long as their contexts allow,
// and return the same. It is safe at any moment: a run that goes on is not harmed,
// and what it tells is counted as lost.
func (s *Suite) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	first := s.over == nil
	if first {
		s.over = make(chan struct{})
	}
	s.mu.Unlock()
	if first {
		s.result = s.drain(ctx)
		close(s.over)
		return s.result
	}
	select {
	case <-s.over:
	case <-ctx.Done():
		select {
		case <-s.over:
		default:
			return fmt.Errorf("exporters: another Shutdown is not done yet: %w", context.Cause(ctx))
		}
	}
	return s.result
}

func (s *Suite) drain(ctx context.Context) error {
	ctx, cancel := limited(ctx)
	defer cancel()
	var tasks []task
	for _, h := range capable[shutdowner](s.hooks) {
		tasks = append(tasks, task{h.HookName(), h.Shutdown})
	}
	err := together(ctx, tasks)
	if s.server != nil {
		err = errors.Join(err, s.server.shutdown(ctx))
	}
	return err
}

// shutdowner is a hook that is shut down.
type shutdowner interface {
	core.Hook
	core.Shutdowner
}
