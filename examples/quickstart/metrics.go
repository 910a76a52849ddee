package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/chunkscope/chunkscope/promhook"
)

// A metricsServer serves a hook's metrics.
type metricsServer struct {
	hook *promhook.Hook
	url  string
	http *http.Server
}

// serveMetrics serves the metrics of a new hook at addr until close is called.
// An address without a host is this machine's alone: who wants others to see the
// metrics says so, with 0.0.0.0 for instance.
func serveMetrics(ctx context.Context, addr string) (*metricsServer, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("quickstart: -metrics: %w; want an address like :9090", err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("quickstart: cannot serve metrics at %s: %w; choose another address with -metrics", addr, err)
	}
	hook := promhook.New()
	mux := http.NewServeMux()
	mux.Handle("/metrics", hook.Handler())
	s := &metricsServer{
		hook: hook,
		url:  fmt.Sprintf("http://%s/metrics", listener.Addr()),
		http: &http.Server{
			Handler:           mux,
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       10 * time.Second,
			WriteTimeout:      30 * time.Second,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    16 << 10,
		},
	}
	go func() { _ = s.http.Serve(listener) }() // until close, which is the only way it ends
	return s, nil
}

// close ends the server, and lets a scrape that is under way finish.
func (s *metricsServer) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close() // somebody reads for longer than that
	}
}
