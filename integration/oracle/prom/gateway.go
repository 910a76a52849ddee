package prom

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/route"
	"github.com/prometheus/pushgateway/handler"
	"github.com/prometheus/pushgateway/storage"
)

// Gateway is a Pushgateway: its handlers and its store, on a test server.
type Gateway struct {
	URL    string
	Client *http.Client
	store  *storage.DiskMetricStore
}

// StartGateway starts an empty Pushgateway. It ends with the test.
func StartGateway(t *testing.T) *Gateway {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	store := storage.NewDiskMetricStore("", time.Hour, prometheus.NewRegistry(), log)
	r := route.New()
	for _, suffix := range []string{"", handler.Base64Suffix} {
		encoded := suffix != ""
		for _, path := range []string{"/metrics/job" + suffix + "/:job", "/metrics/job" + suffix + "/:job/*labels"} {
			r.Post(path, handler.Push(store, false, true, encoded, log))
			r.Put(path, handler.Push(store, true, true, encoded, log))
		}
	}
	server := httptest.NewServer(r)
	t.Cleanup(func() {
		server.Client().CloseIdleConnections()
		server.Close()
		if err := store.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	return &Gateway{server.URL, server.Client(), store}
}

// Scrape returns what a Prometheus server scrapes from the gateway.
func (g *Gateway) Scrape(t *testing.T) *Scrape {
	t.Helper()
	gatherer := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return g.store.GetMetricFamilies(), nil })
	w := httptest.NewRecorder()
	promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return Read(t, w.Body.Bytes(), w.Header().Get("Content-Type"))
}
