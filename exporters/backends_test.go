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

// state is how the backends of a world are doing.
type state int

const (
	up       state = iota
	hole           // they accept, and never answer
	refusing       // nobody listens
)

// world is all backends that speak HTTP, in a bubble, on a network in memory.
type world struct {
	net    *faultnet.Listener
	client *http.Client

	mu    sync.Mutex
	state state
	asked map[string]int // requests by path
	freed time.Time      // when the last client gave up waiting
}

// exportVia is what OpenTelemetry's exporters of these tests send with.
var exportVia *http.Client

func init() {
	autoexport.RegisterSpanExporter("world", func(ctx context.Context) (sdktrace.SpanExporter, error) {
		return otlptracehttp.New(ctx, otlptracehttp.WithInsecure(), otlptracehttp.WithHTTPClient(exportVia))
	})
	autoexport.RegisterMetricReader("world", func(ctx context.Context) (sdkmetric.Reader, error) {
		e, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithInsecure(), otlpmetrichttp.WithHTTPClient(exportVia))
		return sdkmetric.NewPeriodicReader(e), err
	})
}

// newWorld begins the backends. They end with the test.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{net: faultnet.Listen(1), asked: map[string]int{}}
	w.client = &http.Client{Transport: &http.Transport{DialContext: w.net.Dial, DisableKeepAlives: true}}
	exportVia = w.client
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

func (w *world) set(s state) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = s
	w.net.Refuse(s == refusing)
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	w.mu.Lock()
	w.asked[r.URL.Path]++
	state := w.state
	w.mu.Unlock()
	if state == hole {
		<-r.Context().Done()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.freed = time.Now()
		return
	}
	_, _ = io.WriteString(rw, "ok")
}

// lastFreed tells when the last client gave up waiting.
func (w *world) lastFreed() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.freed
}

// requests tells how many there were, by path.
func (w *world) requests(path string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, count := range w.asked {
		if strings.HasPrefix(p, path) {
			n += count
		}
	}
	return n
}

// suite makes a suite that sends to all of the world, and to a StatsD server.
func (w *world) suite(t *testing.T, statsd string, opts ...exporters.Option) *exporters.Suite {
	t.Helper()
	via := webhookhook.WithHTTPClient(w.client)
	return newSuite(t, append([]exporters.Option{
		exporters.WithPrometheus("", private()),
		exporters.WithPushgateway("http://gateway.example", promhook.WithPushClient(w.client)),
		exporters.WithOTel(),
		exporters.WithStatsD("unixgram://" + statsd),
		exporters.WithWebhook("http://chat.example/hook", via, webhookhook.WithFormat(webhookhook.JSON()), webhookhook.WithRepeatInterval(0), webhookhook.WithPlainHTTP()),
		exporters.WithPing("http://switch.example/ping", via, webhookhook.WithPlainHTTP()),
		exporters.WithLogger(slog.New(slog.DiscardHandler)),
	}, opts...)...)
}

// flappingSocket returns the path of a unix socket, and a function that has a
// server be there or not. It lives outside of bubbles, as it waits for a real
// socket.
func flappingSocket(t *testing.T) (path string, set func(there bool)) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "statsd")
	wanted, done := make(chan bool), make(chan error)
	go func() {
		defer close(done)
		var server *net.UnixConn
		for there := range wanted {
			var err error
			switch {
			case there && server == nil:
				if server, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"}); err == nil {
					go func(conn *net.UnixConn) { _, _ = io.Copy(io.Discard, conn) }(server)
				}
			case !there && server != nil:
				err = errors.Join(server.Close(), os.Remove(path))
				server = nil
			}
			done <- err
		}
	}()
	set = func(there bool) {
		t.Helper()
		wanted <- there
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

// fullSocket returns a unix socket that takes no more: its server does not read.
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
