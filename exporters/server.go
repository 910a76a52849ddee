package exporters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
)

// Limits of the server. Prometheus needs less than any of them.
const (
	headerTimeout = 5 * time.Second  // for the headers of a request, and for a handshake
	readTimeout   = 10 * time.Second // for a whole request
	writeTimeout  = 30 * time.Second // from the end of the headers to that of the answer
	idleTimeout   = 60 * time.Second // from one request to the next
	maxHeader     = 16 << 10
)

// listen is net.ListenConfig.Listen, or what tests have in its place.
type listen func(ctx context.Context, network, address string) (net.Listener, error)

// server serves metrics.
type server struct {
	from       source
	host, port string
	webConfig  string // path of the file; empty for none
	log        func() *slog.Logger

	listener net.Listener
	http     *http.Server
	ended    chan struct{} // closed when nothing is served any more
}

// newServer makes the server that the config asks for, if it does. It opens
// nothing yet.
func (c *config) newServer() (*server, error) {
	if c.prometheus == nil || c.prometheus.at == "" {
		if c.webConfig != nil {
			return nil, c.webConfig.from.refuse(errors.New("there is no server that it is for; add WithPrometheus with an address"))
		}
		return nil, nil
	}
	s := &server{from: c.prometheus.from, log: c.logging}
	var err error
	if s.host, s.port, err = net.SplitHostPort(c.prometheus.at); err != nil {
		return nil, s.from.refuse(errors.New("it is not a host and a port, as in localhost:9090 or :9090"))
	}
	if s.host == "" {
		s.host = "127.0.0.1" // who wants others to see the metrics says so
	}
	if c.webConfig != nil {
		s.webConfig = c.webConfig.at
		if err := checkWebConfig(s.webConfig); err != nil {
			return nil, c.webConfig.from.refuse(err)
		}
	}
	return s, nil
}

// open listens at the address.
func (s *server) open(ctx context.Context, listen listen) (err error) {
	s.listener, err = listen(ctx, "tcp", net.JoinHostPort(s.host, s.port))
	if err != nil {
		return s.from.refuse(fmt.Errorf("cannot listen there: %w; choose another address, or port 0 for any that is free", reason(err)))
	}
	return nil
}

// serve serves metrics until shutdown.
func (s *server) serve(metrics http.Handler) {
	readable := &trouble{
		log:   s.log,
		fails: "exporters: the web configuration file cannot be read; no metrics are served",
		works: "exporters: the web configuration file can be read again",
	}
	answer := newHandler(metrics, s.hosts())
	s.http = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			readable.tell(nil) // or else the request would not have come so far
			answer.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log().Handler(), slog.LevelDebug), // anybody can cause such lines, as many as they like
	}
	(&connections{open: map[net.Conn]*standing{}}).limit(s.http)
	s.ended = make(chan struct{})
	go func() {
		defer close(s.ended)
		log := slog.New(webLog{slog.DiscardHandler, s.webConfig, readable})
		err := web.Serve(s.listener, s.http, &web.FlagConfig{WebConfigFile: &s.webConfig}, log)
		_ = s.listener.Close() // where it did not come so far
		if !errors.Is(err, http.ErrServerClosed) {
			s.log().Error("exporters: no metrics are served any more", "error", reason(err))
		}
	}()
}

// hosts returns the names that requests may have for the server if nobody but
// this machine can reach it, else nil for any.
func (s *server) hosts() []string {
	if at, ok := s.listener.Addr().(*net.TCPAddr); ok && at.IP.IsLoopback() {
		return []string{"localhost", s.host}
	}
	return nil
}

// shutdown stops the server. Requests under way are finished until ctx is done,
// or in a moment if it is done already.
func (s *server) shutdown(ctx context.Context) error {
	if s.http == nil { // New has failed
		return s.listener.Close()
	}
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close() // somebody takes longer than that
		err = fmt.Errorf("exporters: requests to the server were cut short: %w", err)
	}
	<-s.ended
	return err
}
