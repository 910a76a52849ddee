package webhookhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// Reasons for which the sender gives up a message, besides the queue's own and
// those of statusReason.
const (
	reasonGaveUp   = "gave_up"      // tried as often or as long as is allowed
	reasonDisabled = "disabled"     // the endpoint is gone, and the message's run began before that was known
	reasonFormat   = "format_error" // the format failed, or its message is too long
)

// What is logged of the endpoint.
const (
	messageFails    = "webhook endpoint fails, trying again"
	messageRejected = "webhook endpoint refuses a message"
	messageGone     = "webhook endpoint is gone, nothing more is sent for the runs of now"
	messageFormat   = "webhook message cannot be made"
)

// deliver tries to deliver a job, again and again if it is worth it, and
// returns why it gave up, or nothing.
func (s *sender) deliver(ctx context.Context, d *delivery) (reason string) {
	if !s.goneSince.IsZero() && !d.runStarted.After(s.goneSince) {
		return reasonDisabled
	}
	r, err := encodeDelivery(d)
	if err != nil {
		s.reportFailure(messageFormat, err.Error())
		return reasonFormat
	}
	for failed := 0; ; {
		if reason := s.wait(ctx, d, failed); reason != "" {
			return reason
		}
		result := s.attempt(ctx, d, r)
		if result.verdict != delivered {
			s.queue.Failed()
		}
		switch result.verdict {
		case delivered:
			s.goneSince = time.Time{}
			s.failures.Recovered("webhook endpoint works again")
			return ""
		case rejected:
			s.reportFailure(messageRejected, result.problem)
			return statusReason(result.status)
		case formatFailed:
			s.reportFailure(messageFormat, result.problem)
			return reasonFormat
		case gone:
			s.goneSince = time.Now()
			s.reportFailure(messageGone, result.problem)
			return statusReason(result.status)
		}
		if ctx.Err() != nil { // cut short by the end of Shutdown
			return sendq.Shutdown
		}
		s.reportFailure(messageFails, result.problem)
		failed++
		delay := result.retryAfter
		s.waitRequested = delay > 0
		if !s.waitRequested {
			delay = backoff(failed, s.random())
		}
		s.notBefore = time.Now().Add(delay)
		if !d.persistent && failed >= maxAttempts || d.persistent && s.notBefore.Sub(d.created) > persistentLimit {
			return reasonGaveUp
		}
	}
}

func (s *sender) reportFailure(message, problem string) {
	s.failures.Failed(message, slog.String("problem", problem))
}

// wait waits until the endpoint may be tried again. It returns a reason to give
// the job up instead, if there is one. While the hook shuts down it waits only
// for what the endpoint asked for, and not if there is no time for that.
func (s *sender) wait(ctx context.Context, d *delivery, failed int) (reason string) {
	for {
		shuttingDown := s.shuttingDown
		notBefore := s.notBefore
		if deadline := s.shutdownDeadline.Load(); deadline != nil {
			shuttingDown = nil
			switch {
			case !s.waitRequested:
				notBefore = time.Time{}
			case notBefore.After(*deadline):
				return sendq.Shutdown
			}
		}
		pause := time.Until(notBefore)
		if pause <= 0 {
			break
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-shuttingDown:
		case <-ctx.Done():
			timer.Stop()
			return sendq.Shutdown
		}
		timer.Stop()
	}
	if failed > 0 && s.shouldYield(d) {
		return sendq.Superseded
	}
	if s.limiter.Wait(ctx) != nil { // ctx has ended
		return sendq.Shutdown
	}
	return ""
}

// givesWay tells whether a job that was tried in vain must not hold up what
// waits behind it: the end of its run, or for progress and starts any message
// that matters more.
func (s *sender) shouldYield(d *delivery) bool {
	return !d.persistent && s.waitingPersistent.Load() > 0 || d.superseded != nil && d.superseded.Load()
}

// render puts a job into words. Formats may be the user's.
func encodeDelivery(d *delivery) (r request, err error) {
	if guard.Call(func() error { r, err = d.encode(); return nil }) != nil {
		return request{}, errors.New("the format panicked or called runtime.Goexit")
	}
	if err != nil {
		return request{}, errors.New("the format returned an error") // whose text may hold anything
	}
	if len(r.body) > maxBody {
		return request{}, fmt.Errorf("the format made a message of %d bytes; %d are allowed", len(r.body), maxBody)
	}
	return r, nil
}
