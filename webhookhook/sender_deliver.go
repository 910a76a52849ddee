package webhookhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// The sender's reasons for dropping a message. The queue and statusReason have
// others.
const (
	reasonGaveUp = "gave_up"      // every attempt that is allowed failed
	reasonFormat = "format_error" // the format failed, or its message is too long
)

// The log messages about the endpoint.
const (
	logRetrying     = "webhook endpoint fails, trying again"
	logRejected     = "webhook endpoint refuses a message"
	logNoStart      = "webhook endpoint does not know the URL for starts; WithPingURLs can leave it out"
	logFormatFailed = "webhook format fails, a message is lost"
	logRecovered    = "webhook endpoint works again"
)

// deliver sends a message, in several attempts if necessary. It returns why the
// message was dropped, the empty string once it is delivered, or again if it is to be
// tried again after others.
func (s *sender) deliver(ctx context.Context, d *delivery) (reason string, again bool) {
	r, err := encodeDelivery(d)
	if err != nil {
		s.reportFailure(logFormatFailed, err.Error())
		return reasonFormat, false
	}
	for {
		if reason := s.wait(ctx, d); reason != "" {
			return reason, false
		}
		result := s.attemptMethods(ctx, d, r)
		if result.verdict == notFound {
			result.verdict = d.notFound
		}
		switch result.verdict {
		case delivered:
			s.failures.Recovered(logRecovered)
			return "", false
		case rejected:
			message := logRejected
			if d.isStart && classify(result.status) == notFound {
				message = logNoStart
			}
			s.reportFailure(message, result.problem)
			return statusReason(result.status), false
		case formatFailed:
			s.reportFailure(logFormatFailed, result.problem)
			return reasonFormat, false
		}
		if ctx.Err() != nil { // the end of Shutdown cancelled the attempt
			return sendq.Shutdown, false
		}
		s.reportFailure(logRetrying, result.problem)
		d.failed++
		delay := result.retryAfter
		if delay == 0 {
			delay = backoff(d.failed, s.random())
		}
		d.due = time.Now().Add(delay)
		if !d.persistent && d.failed >= maxAttempts || d.persistent && d.due.Sub(d.created) > persistentLimit {
			return reasonGaveUp, false
		}
		if result.verdict == setAside {
			return "", true
		}
		s.notBefore, s.waitRequested = d.due, result.retryAfter > 0
	}
}

// attemptMethods makes an attempt. If the endpoint refuses its method, and GET will
// do, it makes another one with GET.
func (s *sender) attemptMethods(ctx context.Context, d *delivery, r request) attemptResult {
	result := s.attempt(ctx, d, r)
	if result.verdict == delivered {
		return result
	}
	s.queue.Failed()
	if !d.orGet || !refusesMethod(result.status, d.isStart) || s.shouldYield(d) || s.limiter.Wait(ctx) != nil {
		return result
	}
	if result = s.attempt(ctx, d, request{url: r.url, method: http.MethodGet}); result.verdict != delivered {
		s.queue.Failed()
	}
	return result
}

func (s *sender) reportFailure(message, problem string) {
	s.failures.Failed(message, slog.String("problem", problem))
}

// wait waits until the next attempt is allowed. It returns the reason if the
// message is to be dropped instead. During Shutdown it skips the backoff, but
// keeps to what the endpoint asked for, and drops the message where the deadline
// comes first.
func (s *sender) wait(ctx context.Context, d *delivery) (reason string) {
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
	if d.failed > 0 && s.shouldYield(d) {
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
