package promhook

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Limits of the handler. A scrape takes milliseconds: what reaches these limits
// is not Prometheus scraping.
const (
	handlerTimeout     = 10 * time.Second // as long as a server waits by default
	maxHandlerRequests = 8                // at once; those beyond get status 503
)

// newHandler serves what g gathers, as Hook.Handler says.
func newHandler(g prometheus.Gatherer) http.Handler {
	metrics := promhttp.HandlerFor(g, promhttp.HandlerOpts{
		EnableOpenMetrics:   true,
		MaxRequestsInFlight: maxHandlerRequests,
		Timeout:             handlerTimeout,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "metrics are read with GET", http.StatusMethodNotAllowed)
			return
		}
		metrics.ServeHTTP(w, r)
	})
}
