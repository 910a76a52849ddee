package promhook_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/promhook"
)

// fakeTransport is a Pushgateway that answers as respond says.
type fakeTransport struct {
	mu       sync.Mutex
	requests []string // method and path
	user     string
	respond  func(*http.Request) (*http.Response, error)
}

func (tr *fakeTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	_ = r.Body.Close()
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.requests = append(tr.requests, r.Method+" "+r.URL.EscapedPath())
	user, password, _ := r.BasicAuth()
	tr.user = user + ":" + password
	if tr.respond != nil {
		return tr.respond(r)
	}
	return newResponse(http.StatusOK, ""), nil
}

func (tr *fakeTransport) setRespond(respond func(*http.Request) (*http.Response, error)) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.respond = respond
}

// roundTripper is a function as a transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func newResponse(code int, body string) *http.Response {
	return &http.Response{StatusCode: code, Status: http.StatusText(code), Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{}}
}

// pushTo pushes to a transport, as process "0" of job "nightly".
func pushTo(t *testing.T, hook *promhook.Hook, address string, tr *fakeTransport) error {
	t.Helper()
	return hook.Push(t.Context(), address, nil, promhook.WithPushJob("nightly"), promhook.WithPushProcess("0"), promhook.WithPushClient(&http.Client{Transport: tr}))
}

func TestPushHasAGroupForEachExecutor(t *testing.T) {
	hook, _ := newHook()
	for _, name := range []string{"import", "my job/2", "50% + x"} {
		hook.OnChunkEnd(t.Context(), chunkEnd(name))
	}
	tr := &fakeTransport{}
	if err := pushTo(t, hook, "https://user:pass@gateway:9091/base+path/", tr); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"POST /base+path/metrics/job/nightly/process/0",
		"POST /base+path/metrics/job/nightly/process/0/executor/50%25%20%2B%20x",
		"POST /base+path/metrics/job/nightly/process/0/executor/import",
		"POST /base+path/metrics/job/nightly/process/0/executor@base64/bXkgam9iLzI",
	}
	if !slices.Equal(tr.requests, want) {
		t.Errorf("requested %q, want %q", tr.requests, want)
	}
	if tr.user != "user:pass" {
		t.Errorf("authorized as %q", tr.user)
	}
}

func TestPushedJobIsTheProgram(t *testing.T) {
	hook, _ := newHook()
	tr := &fakeTransport{}
	if err := hook.Push(t.Context(), "gateway:9091", promhook.WithPushJob(""), promhook.WithPushClient(nil), promhook.WithPushClient(&http.Client{Transport: tr})); err != nil {
		t.Fatal(err)
	}
	if want := "/metrics/job/" + filepath.Base(os.Args[0]) + "/"; len(tr.requests) != 1 || !strings.Contains(tr.requests[0], want) {
		t.Errorf("requested %q, want one with %q", tr.requests, want)
	}
}

func TestPushContinuesAfterARefusedGroup(t *testing.T) {
	hook, _ := newHook()
	hook.OnChunkEnd(t.Context(), chunkEnd("a"))
	hook.OnChunkEnd(t.Context(), chunkEnd("b"))
	tr := &fakeTransport{respond: func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/a") {
			return newResponse(http.StatusBadRequest, "no"), nil
		}
		return newResponse(http.StatusAccepted, ""), nil
	}}
	err := pushTo(t, hook, "http://gateway", tr)
	if err == nil || strings.Count(err.Error(), "cannot push") != 1 {
		t.Errorf("error %v, want one failed group", err)
	}
	if len(tr.requests) != 3 {
		t.Errorf("requested %q, want three groups", tr.requests)
	}
}

// TestPushToAnUnresponsiveGateway checks that a gateway that does not answer costs
// ten seconds once, and that the caller's context may end earlier.
func TestPushToAnUnresponsiveGateway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook, _ := newHook()
		hook.OnChunkEnd(t.Context(), chunkEnd("a"))
		tr := &fakeTransport{respond: func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		began := time.Now()
		if err := pushTo(t, hook, "http://gateway", tr); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if took := time.Since(began); took != 10*time.Second || len(tr.requests) != 1 {
			t.Errorf("took %v and requested %q", took, tr.requests)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began = time.Now()
		if err := hook.Push(ctx, "http://gateway", promhook.WithPushClient(&http.Client{Transport: tr})); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v, the context allowed a second", took)
		}
	})
}

func TestPushToARealServer(t *testing.T) {
	var got sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got.Store(r.URL.Path, len(text))
	}))
	defer server.Close()
	hook, _ := newHook()
	hook.OnChunkEnd(t.Context(), chunkEnd("import"))
	if err := hook.Push(t.Context(), server.URL, promhook.WithPushJob("j"), promhook.WithPushProcess("p"), promhook.WithPushClient(server.Client())); err != nil {
		t.Fatal(err)
	}
	if n, _ := got.Load("/metrics/job/j/process/p/executor/import"); n == nil || n.(int) == 0 {
		t.Errorf("the server got %v bytes", n)
	}
	server.Client().CloseIdleConnections()
}
