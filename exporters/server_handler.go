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
	// maxScrapes is how many scrapes are answered at once: a scrape of many
	// series takes some processor time from the job.
	maxScrapes = 4
	// scrapeTimeout is how long a scrape may take. It is Prometheus' default.
	scrapeTimeout = 10 * time.Second
)

// healthPath is where probes ask whether the process answers.
const healthPath = "/healthz"

const (
	indexPage = `<!doctype html>
<title>Chunkscope</title>
<p><a href="metrics">metrics</a> <a href="healthz">health</a>
`
	pageLink = `<p><a href="debug/chunkscope/">runs</a>
`
)

// newHandler returns the server's handler. The page may be nil. It answers requests
// for loopback addresses and the named hosts alone, or for any host if hosts is nil.
func newHandler(metrics, page http.Handler, hosts []string) http.Handler {
	mux := http.NewServeMux()
	index := indexPage
	if page != nil {
		index += pageLink
		mux.Handle(pagePath, page)
	}
	// The timeout handler keeps the answer until it is complete: a client that
	// reads slowly does not hold one of the places for scrapes.
	mux.Handle("GET /metrics", http.TimeoutHandler(limitRequests(maxScrapes, metrics), scrapeTimeout, "collecting the metrics takes too long\n"))
	mux.HandleFunc("GET "+healthPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, index)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if hosts != nil && !isLocalHost(r.Host, hosts) {
			http.Error(w, "this server is for its own machine alone, and the request is for another host; "+
				"use localhost, or let the server listen at an address that others reach", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// openPath serves one path with open, and all others with protected. A probe has
// no password, and the path has nothing that needs one.
func openPath(path string, open, protected http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			open.ServeHTTP(w, r)
			return
		}
		protected.ServeHTTP(w, r)
	})
}

// isLocalHost reports whether the host of a request is one of names, or a
// loopback address. A web page whose domain resolves to this machine sends
// requests for its own host.
func isLocalHost(host string, names []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback() ||
		slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) })
}

// limitRequests serves at most n requests at once. Others get status 503.
func limitRequests(n int, h http.Handler) http.Handler {
	slots := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
			h.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "1")
			http.Error(w, "other clients are reading the metrics", http.StatusServiceUnavailable)
		}
	})
}
