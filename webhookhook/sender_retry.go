package webhookhook

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits of retries.
const (
	backoffBase   = 500 * time.Millisecond
	backoffMax    = 30 * time.Second
	retryAfterMin = time.Second
	retryAfterMax = 60 * time.Second

	maxAttempts     = 5               // of starts and progress
	persistentLimit = 5 * time.Minute // of all others, since the message was created
)

// backoff returns the pause after a number of failed attempts, from 1: a random part
// of a span that doubles up to 30 s. Random is that part, from 0 to 1. Full jitter
// keeps many processes from retrying at the same moment.
func backoff(failed int, random float64) time.Duration {
	span := backoffMax
	if doublings := failed - 1; doublings < 6 { // 2^6 × 0.5 s is above the cap
		span = min(backoffMax, backoffBase<<doublings)
	}
	return time.Duration(random * float64(span))
}

// verdict is what a response means for the message.
type verdict int

const (
	delivered    verdict = iota
	retry                // a later attempt may succeed
	notFound             // the endpoint does not know the URL, at least now: the delivery says what follows
	rejected             // the endpoint will not accept this message
	setAside             // a later attempt may succeed, and messages to other URLs need not wait for it
	formatFailed         // the format's Accepts panicked
)

// classify returns the verdict of a status. It is about this request and no other.
func classify(status int) verdict {
	switch {
	case status >= 200 && status <= 299:
		return delivered
	case status >= 500 && status <= 599,
		status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		return retry
	case status == http.StatusNotFound, status == http.StatusGone:
		return notFound
	}
	return rejected // redirects too: the target may be another host
}

// refusesMethod reports whether a status may mean that the URL is there, but not for
// the method of the request. Uptime Kuma 1 answers 404 to everything but GET. For
// the start of a run, 404 rather means that the service has none.
func refusesMethod(status int, isStart bool) bool {
	return status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented || status == http.StatusNotFound && !isStart
}

// statusReason returns the reason for dropping a message that was rejected. The
// endpoint chooses its statuses, so that only common ones have a reason of their
// own.
func statusReason(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone,
		http.StatusRequestEntityTooLarge:
		return "status_" + strconv.Itoa(status)
	}
	if status >= 100 && status <= 599 {
		return "status_" + strconv.Itoa(status/100) + "xx"
	}
	return "status_other"
}

// retryAfter returns the pause that a response asks for, from 1 s to 60 s, or 0. It
// knows the header Retry-After, with seconds or a date, and Discord's body and
// header, with fractions of seconds.
func retryAfter(h http.Header, body []byte, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, ok := parseSeconds(value); ok {
		return clampWait(seconds)
	}
	if at, err := http.ParseTime(value); err == nil {
		return clampWait(at.Sub(now).Seconds())
	}
	var discord struct {
		RetryAfter *float64 `json:"retry_after"`
	}
	if json.Unmarshal(body, &discord) == nil && discord.RetryAfter != nil {
		return clampWait(*discord.RetryAfter)
	}
	if seconds, ok := parseSeconds(h.Get("X-RateLimit-Reset-After")); ok {
		return clampWait(seconds)
	}
	return 0
}

func parseSeconds(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsNaN(f)
}

func clampWait(seconds float64) time.Duration {
	seconds = max(retryAfterMin.Seconds(), min(seconds, retryAfterMax.Seconds()))
	return time.Duration(math.Ceil(seconds*1000)) * time.Millisecond
}
