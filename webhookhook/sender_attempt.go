package webhookhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// maxProblem is how much is told of what an endpoint or its transport said, in
// bytes.
const maxProblem = 256

// answer is what came of one attempt.
type attemptResult struct {
	verdict    verdict
	status     int
	retryAfter time.Duration // 0: the endpoint did not say
	problem    string        // for the log; empty if delivered
}

// attempt sends a request once.
func (s *sender) attempt(ctx context.Context, d *delivery, r request) attemptResult {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var result attemptResult
	if failed := guard.Call(func() error { result = s.post(ctx, d.id, r); return nil }); failed != nil {
		result = attemptResult{verdict: retry, problem: "the transport broke: " + failed.Error()}
	}
	result.problem = cleanLine(s.scrub.replace(truncateBytes(result.problem, maxRawText)), maxProblem)
	return result
}

func (s *sender) post(ctx context.Context, id string, r request) attemptResult {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url.reveal(), bytes.NewReader(r.body))
	if err != nil { // not with a URL that was parsed before; its text would quote it
		return attemptResult{verdict: rejected, problem: "the URL cannot be used"}
	}
	req.Header = s.header.Clone()
	req.Header.Set("Content-Type", r.contentType)
	req.Header.Set("User-Agent", "chunkscope")
	sign(req.Header, id, time.Now(), r.body, s.signingKeys)
	resp, err := s.client.Do(req)
	if err != nil {
		return attemptResult{verdict: retry, problem: transportProblem(ctx, err)}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponseBody))
	result := attemptResult{verdict: classify(resp.StatusCode), status: resp.StatusCode}
	switch {
	case result.verdict == delivered && err != nil:
		result.verdict, result.problem = retry, "the answer broke off: "+transportProblem(ctx, err)
	case result.verdict == delivered:
		result.verdict, result.problem = s.checkAccepted(resp.StatusCode, body)
	default:
		result.problem = fmt.Sprintf("status %d: %q", resp.StatusCode, truncateBytes(string(body), maxProblem))
	}
	if result.verdict == retry {
		result.retryAfter = retryAfter(resp.Header, body, time.Now())
	}
	return result
}

// judge asks the format about an answer with a status that says success. Where
// the format breaks, the message is given up: it has arrived, and another attempt
// would end in the same way.
func (s *sender) checkAccepted(status int, body []byte) (v verdict, problem string) {
	if s.accepts == nil {
		return delivered, ""
	}
	var accepted bool
	if failed := guard.Call(func() error { accepted = s.accepts(body); return nil }); failed != nil {
		return formatFailed, "the format's Accepts broke: " + failed.Error()
	}
	if !accepted {
		return retry, fmt.Sprintf("status %d, but it answered %q", status, truncateBytes(string(body), maxProblem))
	}
	return delivered, ""
}

// transportProblem describes what went wrong on the way, without the URL that
// net/http puts around it.
func transportProblem(ctx context.Context, err error) string {
	var wrapper *url.Error
	if errors.As(err, &wrapper) {
		err = wrapper.Err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "no answer in time"
	}
	return guard.ErrorText(err)
}
