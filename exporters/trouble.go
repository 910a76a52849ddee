package exporters

import (
	"log/slog"
	"sync"
	"time"
)

// quietFor is the least time between two lines about the same trouble.
const quietFor = time.Minute

// trouble tells a log that something fails, and that it works again, at most a
// line a minute.
type trouble struct {
	log          func() *slog.Logger
	fails, works string // in words

	mu      sync.Mutex
	failing bool // as told
	at      time.Time
}

// tell notes how it went this time.
func (t *trouble) tell(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if failing := err != nil; failing == t.failing || !t.at.IsZero() && now.Sub(t.at) < quietFor {
		return
	}
	t.failing, t.at = err != nil, now
	_ = attempt(func() error { // the logger's handler is foreign code
		if err != nil {
			t.log().Warn(t.fails, "error", err)
		} else {
			t.log().Info(t.works)
		}
		return nil
	})
}
