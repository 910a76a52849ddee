package exporters_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/internal/faultnet"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// backendState is how the fake backends behave.
type backendState int

const (
	up        backendState = iota
	blackHole              // they accept, and never answer
	refusing               // they refuse connections
)

// fakeBackends are all backends that speak HTTP, in a bubble, on a network in
// memory.
type fakeBackends struct {
	net    *faultnet.Listener
	client *http.Client

	mu       sync.Mutex
	state    backendState
	received map[string]int // requests by path
	gaveUp   time.Time      // when the last client gave up waiting
}

// exportClient sends for OpenTelemetry's exporters in these tests.
var exportClient *http.Client

func init() {
	autoexport.RegisterSpanExporter("fake", func(ctx context.Context) (sdktrace.SpanExporter, error) {
		return otlptracehttp.New(ctx, otlptracehttp.WithInsecure(), otlptracehttp.WithHTTPClient(exportClient))
	})
	autoexport.RegisterMetricReader("fake", func(ctx context.Context) (sdkmetric.Reader, error) {
		e, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithInsecure(), otlpmetrichttp.WithHTTPClient(exportClient))
		return sdkmetric.NewPeriodicReader(e), err
	})
}

// newFakeBackends starts the backends. They stop when the test ends.
func newFakeBackends(t *testing.T) *fakeBackends {
	t.Helper()
	w := &fakeBackends{net: faultnet.Listen(1), received: map[string]int{}}
	w.client = &http.Client{Transport: &http.Transport{DialContext: w.net.Dial, DisableKeepAlives: true}}
	exportClient = w.client
	server := &http.Server{Handler: w, ReadHeaderTimeout: time.Hour, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	served := make(chan error)
	go func() { served <- server.Serve(w.net) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return w
}

func (w *fakeBackends) set(s backendState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = s
	w.net.Refuse(s == refusing)
}

func (w *fakeBackends) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	w.mu.Lock()
	w.received[r.URL.Path]++
	state := w.state
	w.mu.Unlock()
	if state == blackHole {
		<-r.Context().Done()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.gaveUp = time.Now()
		return
	}
	_, _ = io.WriteString(rw, "ok")
}

// lastGaveUp returns when the last client gave up waiting.
func (w *fakeBackends) lastGaveUp() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gaveUp
}

// requests returns the number of requests for paths with a prefix.
func (w *fakeBackends) requests(prefix string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, count := range w.received {
		if strings.HasPrefix(p, prefix) {
			n += count
		}
	}
	return n
}

// suite returns a suite that sends to all backends, and to a StatsD server.
func (w *fakeBackends) suite(t *testing.T, statsd string, opts ...exporters.Option) *exporters.Suite {
	t.Helper()
	via := webhookhook.WithHTTPClient(w.client)
	return newSuite(t, append([]exporters.Option{
		exporters.WithPrometheus("", ownRegistry()),
		exporters.WithPushgateway("http://gateway.example", promhook.WithPushClient(w.client)),
		exporters.WithOTel(),
		exporters.WithStatsD("unixgram://" + statsd),
		exporters.WithWebhook("http://chat.example/hook", via, webhookhook.WithFormat(webhookhook.JSON()), webhookhook.WithRepeatInterval(0), webhookhook.WithPlainHTTP()),
		exporters.WithPing("http://switch.example/ping", via, webhookhook.WithPlainHTTP()),
		exporters.WithLogger(slog.New(slog.DiscardHandler)),
	}, opts...)...)
}

// flappingSocket returns the path of a unix socket, and a function that starts or
// stops its server. It has to run outside of bubbles, as it waits for a real socket.
func flappingSocket(t *testing.T) (path string, set func(listening bool)) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "statsd")
	wanted, done := make(chan bool), make(chan error)
	go func() {
		defer close(done)
		var server *net.UnixConn
		for listening := range wanted {
			var err error
			switch {
			case listening && server == nil:
				if server, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"}); err == nil {
					go func(conn *net.UnixConn) { _, _ = io.Copy(io.Discard, conn) }(server)
				}
			case !listening && server != nil:
				err = errors.Join(server.Close(), os.Remove(path))
				server = nil
			}
			done <- err
		}
	}()
	set = func(listening bool) {
		t.Helper()
		wanted <- listening
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() {
		set(false)
		close(wanted)
		if err, open := <-done; open {
			t.Error(err)
		}
	})
	return path, set
}

// fullSocket returns a unix socket whose buffer is full, as its server does not
// read.
func fullSocket(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "statsd")
	server, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for err == nil {
		if err = conn.SetWriteDeadline(time.Now().Add(10 * time.Millisecond)); err == nil {
			_, err = conn.Write([]byte("x:1|c"))
		}
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	return path
}
