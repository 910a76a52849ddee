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
type answer struct {
	verdict    verdict
	status     int
	retryAfter time.Duration // 0: the endpoint did not say
	problem    string        // for the log; empty if delivered
}

// attempt sends a request once.
func (s *sender) attempt(ctx context.Context, j *job, r request) answer {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var a answer
	if failed := guard.Call(func() error { a = s.exchange(ctx, j.id, r); return nil }); failed != nil {
		a = answer{verdict: retry, problem: "the transport broke: " + failed.Error()}
	}
	a.problem = clean(s.scrub.replace(head(a.problem, maxRawText)), maxProblem)
	return a
}

func (s *sender) exchange(ctx context.Context, id string, r request) answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url.reveal(), bytes.NewReader(r.body))
	if err != nil { // not with a URL that was parsed before; its text would quote it
		return answer{verdict: rejected, problem: "the URL cannot be used"}
	}
	req.Header = s.header.Clone()
	req.Header.Set("Content-Type", r.contentType)
	req.Header.Set("User-Agent", "chunkscope")
	sign(req.Header, id, time.Now(), r.body, s.keys)
	resp, err := s.client.Do(req)
	if err != nil {
		return answer{verdict: retry, problem: transportProblem(ctx, err)}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponseBody))
	a := answer{verdict: classify(resp.StatusCode), status: resp.StatusCode}
	switch {
	case a.verdict == delivered && err != nil:
		a.verdict, a.problem = retry, "the answer broke off: "+transportProblem(ctx, err)
	case a.verdict == delivered:
		a.verdict, a.problem = s.judge(resp.StatusCode, body)
	default:
		a.problem = fmt.Sprintf("status %d: %q", resp.StatusCode, head(string(body), maxProblem))
	}
	if a.verdict == retry {
		a.retryAfter = retryAfter(resp.Header, body, time.Now())
	}
	return a
}

// judge asks the format about an answer with a status that says success. Where
// the format breaks, the message is given up: it has arrived, and another attempt
// would end in the same way.
func (s *sender) judge(status int, body []byte) (v verdict, problem string) {
	if s.accepts == nil {
		return delivered, ""
	}
	var accepted bool
	if failed := guard.Call(func() error { accepted = s.accepts(body); return nil }); failed != nil {
		return formatFailed, "the format's Accepts broke: " + failed.Error()
	}
	if !accepted {
		return retry, fmt.Sprintf("status %d, but it answered %q", status, head(string(body), maxProblem))
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
