package promhook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

const gatewayAddress = "http://user:pass@gateway.example" //nolint:gosec // of no real server

// slowGateway is a Pushgateway as an HTTP transport. Each request takes a while.
type slowGateway struct {
	started time.Time
	latency time.Duration

	mu         sync.Mutex
	down       bool
	inFlight   int
	concurrent bool            // two requests were in flight at once
	pushes     []time.Duration // when each push began, since started
	lastBody   string          // of the last request for an executor
}

func (g *slowGateway) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	down := g.begin(r.URL.Path, string(body))
	defer g.end()
	select {
	case <-time.After(g.latency):
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
	if down {
		return nil, errors.New("it is down")
	}
	return newResponse(http.StatusOK, ""), nil
}

func (g *slowGateway) begin(path, body string) (down bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight++
	g.concurrent = g.concurrent || g.inFlight > 1
	if strings.Contains(path, "/executor/") {
		g.lastBody = body
	} else {
		g.pushes = append(g.pushes, time.Since(g.started))
	}
	return g.down
}

func (g *slowGateway) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
}

func (g *slowGateway) setDown(down bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.down = down
}

// wantPushes fails unless the pushes began at these times.
func (g *slowGateway) wantPushes(t *testing.T, want ...time.Duration) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if !slices.Equal(g.pushes, want) {
		t.Errorf("pushes began at %v, want %v", g.pushes, want)
	}
	if g.concurrent {
		t.Error("two requests were in flight at once")
	}
}

// logBuffer is a bytes.Buffer for several goroutines.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newPusher returns a Pusher that sends to a transport, and an executor that
// both it and its hook are registered with.
func newPusher(t *testing.T, transport http.RoundTripper, opts ...promhook.PushOption) (*promhook.Pusher, *core.Executor) {
	t.Helper()
	hook, _ := newHook()
	opts = append([]promhook.PushOption{
		promhook.WithPushClient(&http.Client{Transport: transport}), promhook.WithPushLogger(slog.New(slog.DiscardHandler)),
	}, opts...)
	pusher, err := promhook.NewPusher(hook, gatewayAddress, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pusher.Shutdown(context.Background()) })
	return pusher, newExecutor("pushed", []core.Hook{pusher, hook})
}

func (g *slowGateway) newPusher(t *testing.T, opts ...promhook.PushOption) (*promhook.Pusher, *core.Executor) {
	t.Helper()
	g.started = time.Now()
	return newPusher(t, g, opts...)
}

func runOK(t *testing.T, e *core.Executor) {
	t.Helper()
	if err := core.ForEach(t.Context(), e, make([]int, 10), noop); err != nil {
		t.Error(err)
	}
}

func runFailing(t *testing.T, e *core.Executor) {
	t.Helper()
	if err := core.ForEach(t.Context(), e, make([]int, 10), func(context.Context, int) error { return errBoom }); !errors.Is(err, errBoom) {
		t.Errorf("the run returned %v", err)
	}
}
