package webhookhook

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of trying again.
const (
	backoffBase   = 500 * time.Millisecond
	backoffMax    = 30 * time.Second
	retryAfterMin = time.Second
	retryAfterMax = 60 * time.Second

	maxAttempts     = 5
	persistentLimit = 5 * time.Minute // from the moment the message was made
)

// backoff returns how long to wait after so many failed attempts, counted from
// 1: a random part, 0 to 1, of a span that doubles up to 30 s. That all of it is
// random keeps many processes from coming back at once.
func backoff(failed int, random float64) time.Duration {
	span := backoffMax
	if doublings := failed - 1; doublings < 6 { // 2^6 × 0.5 s is above the cap
		span = min(backoffMax, backoffBase<<doublings)
	}
	return time.Duration(random * float64(span))
}

// verdict is what an answer means for the message.
type verdict int

const (
	delivered    verdict = iota
	retry                // it may work later
	rejected             // it never will
	gone                 // nothing will ever work at this endpoint
	formatFailed         // the format could not read the answer
)

// classify tells what a status means.
func classify(status int) verdict {
	switch {
	case status >= 200 && status <= 299:
		return delivered
	case status >= 500 && status <= 599,
		status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		return retry
	case status == http.StatusNotFound, status == http.StatusGone:
		return gone
	}
	return rejected // redirects too: following one could hand the message to another host
}

// statusReason is the reason under which a rejected message is counted. The
// endpoint chooses its statuses, so that only common ones have a word of their
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

// retryAfter returns how long an answer asks to wait, from 1 s to 60 s; 0 if it
// does not say so in any way that is known: a header with seconds or a date,
// or Discord's body and header with fractions of seconds.
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
