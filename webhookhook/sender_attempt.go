package webhookhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// maxProblem limits what is logged of a response or of a transport's error, in
// bytes.
const maxProblem = 256

// attemptResult is the result of one attempt.
type attemptResult struct {
	verdict    verdict
	status     int
	retryAfter time.Duration // 0 if the endpoint did not ask for a pause
	problem    string        // for the log; empty if delivered
}

// attempt makes a request once. The problem in its result holds no secret.
func (s *sender) attempt(ctx context.Context, d *delivery, r request) attemptResult {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var result attemptResult
	if failed := guard.Call(func() error { result = s.send(ctx, d.id, r); return nil }); failed != nil {
		result = attemptResult{verdict: retry, problem: "the transport failed: " + redactText(s.secrets, failed.Error())}
	}
	result.problem = cleanLine(result.problem, maxProblem)
	return result
}

func (s *sender) send(ctx context.Context, id string, r request) attemptResult {
	req, err := http.NewRequestWithContext(ctx, r.method, r.url.reveal(), bytes.NewReader(r.body))
	if err != nil { // does not happen, as the constructor parsed the URL; the error would quote it
		return attemptResult{verdict: rejected, problem: "the URL is invalid"}
	}
	req.Header = s.header.Clone()
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	req.Header.Set("User-Agent", "chunkscope")
	sign(req.Header, id, time.Now(), r.body, s.signingKeys)
	resp, err := s.client.Do(req)
	if err != nil {
		return attemptResult{verdict: retry, problem: s.transportProblem(ctx, err)}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponseBody))
	result := attemptResult{verdict: classify(resp.StatusCode), status: resp.StatusCode}
	switch {
	case result.verdict == delivered && err != nil:
		result.verdict, result.problem = retry, "the response is incomplete: "+s.transportProblem(ctx, err)
	case result.verdict == delivered:
		result.verdict, result.problem = s.checkAccepted(resp.StatusCode, body)
	default:
		result.problem = fmt.Sprintf("status %d: %s", resp.StatusCode, s.quote(body))
	}
	if result.verdict == retry || result.verdict == notFound {
		result.retryAfter = retryAfter(resp.Header, body, time.Now())
	}
	return result
}

// quote returns the beginning of a response for the log. The secrets are replaced
// first: a quoted one looks different, and a cut one is not recognised.
func (s *sender) quote(body []byte) string {
	return strconv.Quote(truncateBytes(redactText(s.secrets, string(body)), maxProblem))
}

// checkAccepted asks the format whether a response of status 2xx means success.
// If that call panics, the message is dropped: it has arrived, and each further
// attempt would deliver it again.
func (s *sender) checkAccepted(status int, body []byte) (v verdict, problem string) {
	if s.accepts == nil {
		return delivered, ""
	}
	var accepted bool
	if failed := guard.Call(func() error { accepted = s.accepts(body); return nil }); failed != nil {
		return formatFailed, "the format's Accepts failed: " + redactText(s.secrets, failed.Error())
	}
	if !accepted {
		return retry, fmt.Sprintf("status %d, but the body is %s", status, s.quote(body))
	}
	return delivered, ""
}

// transportProblem describes a transport's error, without the URL that net/http
// adds to it.
func (s *sender) transportProblem(ctx context.Context, err error) string {
	var wrapper *url.Error
	if errors.As(err, &wrapper) {
		err = wrapper.Err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "no response in time"
	}
	return redactText(s.secrets, guard.ErrorText(err))
}
