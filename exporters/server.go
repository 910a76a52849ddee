package exporters

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
)

// Limits of the server. Prometheus needs less than any of them.
const (
	headerTimeout = 5 * time.Second  // for the headers of a request, and for a handshake
	readTimeout   = 10 * time.Second // for a whole request
	writeTimeout  = 30 * time.Second // from the end of the headers to the end of the answer
	idleTimeout   = 60 * time.Second // from one request to the next
	maxHeader     = 16 << 10
)

// stopTimeout is how long requests under way have to finish after the time of
// Shutdown is up.
const stopTimeout = 50 * time.Millisecond

// listenFunc is net.ListenConfig.Listen, or a test's replacement.
type listenFunc func(ctx context.Context, network, address string) (net.Listener, error)

// server serves metrics and the live page.
type server struct {
	setting    setting
	host, port string
	webConfig  string       // path of the file; empty for none
	logger     *slog.Logger // nil for slog.Default at the time of logging

	listen     listenFunc
	listener   net.Listener           // nil until the address is taken
	addr       atomic.Pointer[string] // of the listener
	http       *http.Server
	stopTrying context.CancelFunc // ends attempts to take the address
	stopped    chan struct{}      // closed when nothing is served any more
}

// newServer returns the server of a config, nil if there is none. It opens
// nothing yet.
func (c *config) newServer() (*server, error) {
	if c.prometheus == nil || c.prometheus.address == "" || c.noServer {
		if c.webConfig != nil {
			return nil, c.webConfig.setting.mistake("there is no server to configure", "add WithPrometheus with an address")
		}
		return nil, nil
	}
	s := &server{setting: c.prometheus.addressSetting(), logger: c.logger}
	var errs []error
	var err error
	if s.host, s.port, err = net.SplitHostPort(c.prometheus.address); err != nil {
		errs = append(errs, s.setting.mistake("the address is not a host and a port", "give one as localhost:9090 or :9090"))
	}
	if s.host == "" {
		s.host = "127.0.0.1" // other machines are served only if an address says so
	}
	if c.webConfig != nil {
		s.webConfig = c.webConfig.address
		if err := checkWebConfig(s.webConfig); err != nil {
			errs = append(errs, c.webConfig.setting.wrap(err))
		}
	}
	return s, errors.Join(errs...)
}

// serve serves metrics, and a page unless it is nil, until shutdown, from when the
// address is taken.
func (s *server) serve(metrics, page http.Handler) {
	s.http = &http.Server{
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(debugLog{s}, "", 0),
	}
	var ctx context.Context
	ctx, s.stopTrying = context.WithCancel(context.Background())
	s.stopped = make(chan struct{})
	go func() {
		defer close(s.stopped)
		if s.waitForAddress(ctx) {
			s.serveListener(metrics, page)
		}
	}()
}

// serveListener serves until the server is shut down.
func (s *server) serveListener(metrics, page http.Handler) {
	configLog := webConfigLog{slog.DiscardHandler, s.webConfig, s.log, &atomic.Bool{}}
	handler := newHandler(metrics, page, s.hosts())
	s.http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		configLog.valid() // or else the toolkit would have refused the request
		handler.ServeHTTP(w, r)
	})
	s.http.BaseContext = func(net.Listener) context.Context {
		// The toolkit has replaced the handler by one that asks for passwords.
		s.http.Handler = openPath(healthPath, handler, s.http.Handler)
		newConnLimiter().limit(s.http)
		return context.Background()
	}
	err := web.Serve(s.listener, s.http, &web.FlagConfig{WebConfigFile: &s.webConfig}, slog.New(configLog))
	_ = s.listener.Close() // Serve may have failed before it did that
	if !errors.Is(err, http.ErrServerClosed) {
		s.log(slog.LevelError, "exporters: no metrics are served any more", "error", networkReason(err))
	}
}

// hosts returns the host names that requests may have if the server listens at a
// loopback address, else nil for any.
func (s *server) hosts() []string {
	if at, ok := s.listener.Addr().(*net.TCPAddr); ok && at.IP.IsLoopback() {
		return []string{"localhost", s.host}
	}
	return nil
}

// shutdown stops the server. Requests under way have until ctx ends to finish,
// or stopTimeout if it has ended.
func (s *server) shutdown(ctx context.Context) error {
	if s.http == nil { // New has failed
		if s.listener == nil {
			return nil
		}
		return s.listener.Close()
	}
	s.stopTrying()
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close() // cuts the requests that take longer
		err = fmt.Errorf("exporters: requests to the server were cut short: %w", err)
	}
	<-s.stopped
	return err
}

// log logs to the suite's logger.
func (s *server) log(level slog.Level, message string, args ...any) {
	logTo(s.logger, level, message, args...)
}

// debugLog is the error log of the HTTP server. Its level is Debug, as any client
// can cause any number of these messages.
type debugLog struct{ server *server }

func (d debugLog) Write(p []byte) (int, error) {
	d.server.log(slog.LevelDebug, strings.TrimSpace(string(p)))
	return len(p), nil
}
