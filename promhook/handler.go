package promhook

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Limits of the handler. A scrape takes milliseconds, so that Prometheus itself
// never reaches them.
const (
	handlerTimeout     = 10 * time.Second // the scrape timeout of a server by default
	maxHandlerRequests = 8                // at once; the next one gets status 503
)

// newHandler returns the handler that Hook.Handler describes.
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
