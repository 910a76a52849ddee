package exporters

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

const (
	// maxScrapes is how many scrapes are worked on at once: a scrape of many
	// series takes some processor time from the job.
	maxScrapes = 4
	// scrapeTimeout is how long one may take, as long as Prometheus waits.
	scrapeTimeout = 10 * time.Second
)

const index = `<!doctype html>
<title>Chunkscope</title>
<p><a href="metrics">metrics</a> <a href="healthz">health</a>
`

// newHandler answers everything that the server is asked, for the hosts that
// are named and those that are addresses of this machine, or for any if hosts
// is nil.
func newHandler(metrics http.Handler, hosts []string) http.Handler {
	mux := http.NewServeMux()
	// The outer handler holds the answer until it is complete: a client that
	// reads slowly does not keep others from being served.
	mux.Handle("GET /metrics", http.TimeoutHandler(atMost(maxScrapes, metrics), scrapeTimeout, "the metrics take too long\n"))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, index)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if hosts != nil && !isHere(r.Host, hosts) {
			http.Error(w, "this server is for its own machine alone, and the request is for another host; "+
				"use localhost, or have the server listen at an address that others reach", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// isHere tells whether the host of a request is one of names, or an address
// that leads nowhere but to this machine. A page of the web whose name leads here
// has its own host in its requests.
func isHere(host string, names []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback() ||
		slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) })
}

// atMost lets n requests in at once, and asks the others to come back.
func atMost(n int, h http.Handler) http.Handler {
	places := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			h.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "1")
			http.Error(w, "the metrics are being read by others", http.StatusServiceUnavailable)
		}
	})
}
