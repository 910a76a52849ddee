package webhookhook_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/internal/faultnet"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// secretPath is in the URL of every endpoint, and must not be shown.
const secretPath = "/services/T0CANARY/B0CANARY/x0canary0token"

// endpoint is a server of net/http in a synctest bubble, on a network in memory.
type endpoint struct {
	t        *testing.T
	net      *faultnet.Listener
	start    time.Time
	recorder *logRecorder

	mu       sync.Mutex
	dials    []time.Duration                        // since start
	onDial   func(ctx context.Context, n int) error // called for each dial, counted from 0; may be nil
	hosts    []string
	received []attempt
	handler  func(n int, w http.ResponseWriter, r *http.Request) // n counts from 0
}

// attempt is a request that arrived in full.
type attempt struct {
	at     time.Duration // since the endpoint's start
	id     string
	header http.Header
	method string
	url    string
	body   []byte
}

// jsonMessage is the part of the JSON format that tests read.
type jsonMessage struct {
	ID    string `json:"id"`
	Event string `json:"event"`
	Text  string `json:"text"`
	Run   struct {
		Executor string `json:"executor"`
		ID       string `json:"id"`
		Outcome  string `json:"outcome"`
	} `json:"run"`
	History struct {
		Failed int `json:"failed_runs"`
		Merged int `json:"merged_runs"`
	} `json:"history"`
}

func (a attempt) document(t *testing.T) (d jsonMessage) {
	t.Helper()
	if err := json.Unmarshal(a.body, &d); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return d
}

// newEndpoint starts an endpoint that responds "ok". It is closed after the test.
func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := newUnservedEndpoint(t)
	server := &http.Server{Handler: e, ReadHeaderTimeout: time.Hour, ErrorLog: discardLog()}
	served := make(chan error)
	go func() { served <- server.Serve(e.net) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return e
}

// newUnservedEndpoint returns an endpoint that accepts no connections.
func newUnservedEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{t: t, net: faultnet.Listen(1), start: time.Now(), recorder: &logRecorder{}}
	t.Cleanup(func() {
		_ = e.net.Close()
		e.recorder.check(t)
	})
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	e.mu.Lock()
	n := len(e.received)
	e.received = append(e.received, attempt{time.Since(e.start), r.Header.Get("webhook-id"), r.Header, r.Method, r.URL.String(), body})
	handler := e.handler
	e.mu.Unlock()
	if handler != nil {
		handler(n, w, r)
		return
	}
	_, _ = io.WriteString(w, "ok")
}

// handle sets the handler of the requests from now on; n counts them from 0.
func (e *endpoint) handle(f func(n int, w http.ResponseWriter, r *http.Request)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.handler = f
}

// respondStatuses responds with one status after the other, then with "ok".
func respondStatuses(all ...int) func(int, http.ResponseWriter, *http.Request) {
	return func(n int, w http.ResponseWriter, _ *http.Request) {
		if n < len(all) {
			w.WriteHeader(all[n])
			return
		}
		_, _ = io.WriteString(w, "ok")
	}
}

func (e *endpoint) attempts() []attempt {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.received)
}

// arrivals returns when requests arrived.
func (e *endpoint) arrivals() (all []time.Duration) {
	for _, a := range e.attempts() {
		all = append(all, a.at)
	}
	return all
}

// client returns a client that reaches the endpoint under every host name.
func (e *endpoint) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		e.mu.Lock()
		n, dial := len(e.dials), e.onDial
		e.dials = append(e.dials, time.Since(e.start))
		e.hosts = append(e.hosts, addr)
		e.mu.Unlock()
		if dial != nil {
			if err := dial(ctx, n); err != nil {
				return nil, err
			}
		}
		return e.net.Dial(ctx, network, addr)
	}}}
}

// dialTimes returns when the hook tried to connect.
func (e *endpoint) dialTimes() []time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.dials)
}

// hook returns a hook that posts JSON to the endpoint. Its backoffs are the longest
// possible. The test shuts it down.
func (e *endpoint) hook(opts ...webhookhook.Option) *webhookhook.Hook {
	e.t.Helper()
	opts = append([]webhookhook.Option{
		webhookhook.WithHTTPClient(e.client()), webhookhook.WithFormat(webhookhook.JSON()), webhookhook.WithPlainHTTP(),
		webhookhook.WithRandom(func() float64 { return 1 }), webhookhook.WithLogger(e.logger()),
	}, opts...)
	h, err := webhookhook.New("http://chat.example"+secretPath, opts...)
	if err != nil {
		e.t.Fatal(err)
	}
	return h
}

// errBoom is the error of failing runs.
var errBoom = errors.New("boom")

func newExecutor(name string, hooks ...core.Hook) *core.Executor {
	exec := core.NewExecutor(core.WithName(name), core.WithWorkers(1))
	exec.Register(hooks...)
	return exec
}

// runAs runs an executor with one item as a run with an id.
func runAs(t *testing.T, id string, err error, hooks ...core.Hook) {
	t.Helper()
	ctx := core.WithRun(t.Context(), core.RunInfo{ID: id})
	_ = core.ForEach(ctx, newExecutor("nightly", hooks...), []int{0}, func(context.Context, int) error { return err })
}

// runOnce runs an executor with one item, which fails if err is not nil.
func runOnce(t *testing.T, name string, err error, hooks ...core.Hook) {
	t.Helper()
	got := core.ForEach(t.Context(), newExecutor(name, hooks...), []int{0}, func(context.Context, int) error { return err })
	if (got != nil) != (err != nil) {
		t.Fatalf("the run returned %v", got)
	}
}

// checkShutdown shuts a hook down and compares the text of its error.
func checkShutdown(t *testing.T, h core.Shutdowner, want string) {
	t.Helper()
	err := h.Shutdown(context.Background())
	if err == nil && want == "" {
		return
	}
	if err == nil || want == "" || err.Error() != want {
		t.Errorf("Shutdown returned %v, want %q", err, want)
	}
}

// checkStats compares a hook's stats, and checks that they add up.
func checkStats(t *testing.T, h core.StatsReporter, produced, delivered, failed uint64, dropped map[string]uint64) {
	t.Helper()
	s := h.Stats()
	sum := s.Delivered + s.Pending
	for reason, n := range s.Dropped {
		sum += n
		if dropped[reason] != n {
			t.Errorf("%d were dropped for %s, want %d", n, reason, dropped[reason])
		}
	}
	if s.Produced != sum || s.Produced != produced || s.Delivered != delivered || s.Errors != failed || len(s.Dropped) != len(dropped) {
		t.Errorf("stats %+v, want %d produced, %d delivered, %d errors, dropped %v", s, produced, delivered, failed, dropped)
	}
}

func (*logRecorder) Enabled(context.Context, slog.Level) bool { return true }

// dropAll shuts a hook down without time to deliver what is queued.
func dropAll(h core.Shutdowner) { _ = h.Shutdown(closing.Done()) }

// inBubble runs a test in a synctest bubble, with virtual time.
func inBubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// respondingDialer dials connections on which each request gets the same response.
func respondingDialer(response []byte) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer func() { _ = server.Close() }()
			r, err := http.ReadRequest(bufio.NewReader(server))
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = server.Write(response)
		}()
		return client, nil
	}
}
