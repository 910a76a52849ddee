package webhookhook

import (
	"log/slog"
	"time"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// state is how the endpoint is doing, as the last attempt showed.
type state string

const (
	stateWorks   state = "webhook endpoint works"
	stateFails   state = "webhook endpoint fails, trying again"
	stateRejects state = "webhook endpoint refuses a message"
	stateGone    state = "webhook endpoint is gone, nothing more is sent for the runs of now"
	stateFormat  state = "webhook message cannot be made"
)

// quietFor is the least time between two lines of a log.
const quietFor = time.Minute

// reporter logs how the endpoint is doing when that changes, at most once a
// minute. It is used on the sender's goroutine only.
type reporter struct {
	name, site string
	log        func() *slog.Logger
	last       state // the last one that was logged; at first it works
	at         time.Time
}

func (r *reporter) tell(s state, problem string) {
	if r.last == "" {
		r.last = stateWorks
	}
	now := time.Now()
	if s == r.last || !r.at.IsZero() && now.Sub(r.at) < quietFor {
		return
	}
	r.last, r.at = s, now
	_ = guard.Call(func() error { // a handler may be the user's
		attrs := []any{slog.String("hook", r.name), slog.String("endpoint", r.site)}
		if s == stateWorks {
			r.log().Info(string(s)+" again", attrs...)
			return nil
		}
		r.log().Warn(string(s), append(attrs, slog.String("problem", problem))...)
		return nil
	})
}
