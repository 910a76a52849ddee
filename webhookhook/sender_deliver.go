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

// The sender's reasons for dropping a message. The queue and statusReason have
// others.
const (
	reasonGaveUp   = "gave_up"      // every attempt that is allowed failed
	reasonDisabled = "disabled"     // the endpoint is gone, and the run began before that was known
	reasonFormat   = "format_error" // the format failed, or its message is too long
)

// The log messages about the endpoint.
const (
	logRetrying     = "webhook endpoint fails, trying again"
	logRejected     = "webhook endpoint refuses a message"
	logGone         = "webhook endpoint is gone, nothing is sent for the runs that have begun"
	logFormatFailed = "webhook format fails, a message is lost"
	logRecovered    = "webhook endpoint works again"
)

// deliver posts a message, in several attempts if necessary. It returns why the
// message was dropped, or the empty string once it is delivered.
func (s *sender) deliver(ctx context.Context, d *delivery) (reason string) {
	if !s.goneSince.IsZero() && !d.runStarted.After(s.goneSince) {
		return reasonDisabled
	}
	r, err := encodeDelivery(d)
	if err != nil {
		s.reportFailure(logFormatFailed, err.Error())
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
			s.failures.Recovered(logRecovered)
			return ""
		case rejected:
			s.reportFailure(logRejected, result.problem)
			return statusReason(result.status)
		case formatFailed:
			s.reportFailure(logFormatFailed, result.problem)
			return reasonFormat
		case gone:
			s.goneSince = time.Now()
			s.reportFailure(logGone, result.problem)
			return statusReason(result.status)
		}
		if ctx.Err() != nil { // the end of Shutdown cancelled the attempt
			return sendq.Shutdown
		}
		s.reportFailure(logRetrying, result.problem)
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

// wait waits until the next attempt is allowed. It returns the reason if the
// message is to be dropped instead. During Shutdown it skips the backoff, but
// keeps to what the endpoint asked for, and drops the message where the deadline
// comes first.
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

// shouldYield reports whether a message whose attempt failed is dropped for what
// waits behind it. Starts and progress yield to every persistent message, first
// failures and anomalies to the end of their run.
func (s *sender) shouldYield(d *delivery) bool {
	return !d.persistent && s.waitingPersistent.Load() > 0 || d.superseded != nil && d.superseded.Load()
}

// encodeDelivery encodes a message. Its errors hold no text of the format's,
// which is user code and may quote a secret.
func encodeDelivery(d *delivery) (r request, err error) {
	if guard.Call(func() error { r, err = d.encode(); return nil }) != nil {
		return request{}, errors.New("the format panicked or called runtime.Goexit")
	}
	if err != nil {
		return request{}, errors.New("the format returned an error")
	}
	if len(r.body) > maxBody {
		return request{}, fmt.Errorf("the format returned %d bytes; the limit is %d", len(r.body), maxBody)
	}
	return r, nil
}
