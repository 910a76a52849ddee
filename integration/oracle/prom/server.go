package prom

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/scrape"
)

// Server is a Prometheus server with one target: its scrape manager, its
// database and its query engine. It scrapes only when Scrape is called.
type Server struct {
	*Database
	manager *scrape.Manager
	config  *config.Config
	last    int64 // times of the scrapes, in milliseconds
}

// Job is the name of the server's scrape job.
const Job = "nightly"

// settings is a prometheus.yml with an interval that never elapses.
const settings = `
global:
  scrape_interval: 1h
  scrape_timeout: 1h
scrape_configs:
  - job_name: ` + Job + `
    scrape_native_histograms: true
    always_scrape_classic_histograms: true # beside the native ones
`

// Start starts a server that scrapes a handler with the given protocol. It ends
// with the test.
func Start(t *testing.T, target http.Handler, protocol config.ScrapeProtocol) *Server {
	t.Helper()
	web := httptest.NewServer(target)
	t.Cleanup(web.Close)
	cfg, err := config.Load(settings, promslog.NewNopLogger())
	check(t, err)
	cfg.ScrapeConfigs[0].ScrapeProtocols = []config.ScrapeProtocol{protocol}

	s := &Server{Database: NewDatabase(t), config: cfg}
	s.manager, err = scrape.NewManager(&scrape.Options{
		DiscoveryReloadOnStartup: true,
		InitialScrapeOffset:      time.Hour, // the server does not scrape by itself
		ScrapeOnShutdown:         true,
	}, nil, nil, s.storage, nil, prometheus.NewRegistry())
	check(t, err)
	check(t, s.manager.ApplyConfig(cfg))
	targets := make(chan map[string][]*targetgroup.Group, 1)
	targets <- map[string][]*targetgroup.Group{Job: {{
		Source:  "static",
		Targets: []model.LabelSet{{model.AddressLabel: model.LabelValue(web.Listener.Addr().String())}},
	}}}
	ended := make(chan error)
	go func() { ended <- s.manager.Run(targets) }()
	t.Cleanup(func() {
		s.manager.Stop()
		check(t, <-ended)
	})
	for len(s.manager.TargetsActive()[Job]) == 0 {
		runtime.Gosched()
	}
	return s
}

// Scrape makes the server scrape its target once, and returns after the result
// is stored. A scrape loop that ends scrapes a last time. Scrape therefore
// changes the configuration, which ends the loop and starts another one.
func (s *Server) Scrape(t *testing.T) {
	t.Helper()
	for time.Now().UnixMilli() == s.last { // the database accepts only one sample for each instant
		runtime.Gosched()
	}
	changed, cfg := *s.config, *s.config.ScrapeConfigs[0]
	cfg.KeepDroppedTargets++
	changed.ScrapeConfigs = []*config.ScrapeConfig{&cfg}
	s.config = &changed
	check(t, s.manager.ApplyConfig(s.config))
	s.last = time.Now().UnixMilli()
}

// Exemplars returns the stored exemplars of a metric, by series.
func (s *Server) Exemplars(t *testing.T, metric string) map[string][]exemplar.Exemplar {
	t.Helper()
	q, err := s.storage.ExemplarQuerier(t.Context())
	check(t, err)
	found, err := q.Select(0, time.Now().UnixMilli(), []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "__name__", metric)})
	check(t, err)
	all := map[string][]exemplar.Exemplar{}
	for _, f := range found {
		all[f.SeriesLabels.String()] = f.Exemplars
	}
	return all
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
