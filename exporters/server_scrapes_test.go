package exporters_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/exporters"
)

// blockingCollector is a collector whose scrapes end when the test says so.
type blockingCollector struct {
	started chan struct{}
	end     chan struct{}
}

// blockScrapes makes scrapes block.
func (s *testServer) blockScrapes() *blockingCollector {
	c := &blockingCollector{make(chan struct{}, 100), make(chan struct{})}
	s.registry.MustRegister(c)
	return c
}

func (*blockingCollector) Describe(chan<- *prometheus.Desc) {}

func (c *blockingCollector) Collect(chan<- prometheus.Metric) {
	c.started <- struct{}{}
	<-c.end
}

func TestTooManyScrapes(t *testing.T) {
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		c := s.blockScrapes()
		answers := make(chan int)
		scrape := func() {
			status, _ := get(t, s.client, "http://localhost/metrics")
			answers <- status
		}
		for range exporters.MaxScrapes {
			go scrape()
			<-c.started
		}
		for range 3 {
			go scrape()
			if status := <-answers; status != http.StatusServiceUnavailable {
				t.Errorf("one scrape too many got status %d", status)
			}
		}
		if status, _ := get(t, s.client, "http://localhost/healthz"); status != http.StatusOK {
			t.Errorf("meanwhile /healthz has status %d", status)
		}
		close(c.end)
		for range exporters.MaxScrapes {
			if status := <-answers; status != http.StatusOK {
				t.Errorf("a scrape got status %d", status)
			}
		}
		s.scrape(t)
	})
}

func TestSlowScrape(t *testing.T) {
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		c := s.blockScrapes()
		if status, _ := get(t, s.client, "http://localhost/metrics"); status != http.StatusServiceUnavailable {
			t.Errorf("a scrape without an end got status %d", status)
		}
		s.checkTime(t, "it is answered", 10*time.Second)
		close(c.end)
	})
}

// TestShutdownFinishesScrapes shuts down during a scrape.
func TestShutdownFinishesScrapes(t *testing.T) {
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		c := s.blockScrapes()
		status := make(chan int)
		go func() {
			code, _ := get(t, s.client, "http://localhost/metrics")
			status <- code
		}()
		<-c.started
		done := make(chan error)
		go func() { done <- s.suite.Shutdown(t.Context()) }()
		time.Sleep(2 * time.Second)
		close(c.end)
		if code := <-status; code != http.StatusOK {
			t.Errorf("the scrape under way got status %d", code)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := s.Dial(t.Context(), "tcp", ""); err == nil {
			t.Error("the server still listens")
		}
	})
}

// TestShutdownCutsScrapes shuts down during a scrape that takes longer than
// Shutdown may.
func TestShutdownCutsScrapes(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{
		0:               50 * time.Millisecond,
		3 * time.Second: 3 * time.Second,
		time.Hour:       8 * time.Second, // an hour stands for no limit
	} {
		synctest.Test(t, func(t *testing.T) {
			s := openServer(t, "0.0.0.0:9090")
			c := s.blockScrapes()
			cut := make(chan error)
			go func() {
				request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/metrics", http.NoBody)
				response, err := s.client.Do(request)
				if err == nil {
					_ = response.Body.Close()
				}
				cut <- err
			}()
			<-c.started
			ctx := t.Context()
			if limit != time.Hour {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, limit)
				defer cancel()
			}
			if err := s.suite.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Shutdown returned %v", err)
			}
			s.checkTime(t, "Shutdown returned", want)
			if <-cut == nil {
				t.Error("the scrape was answered")
			}
			close(c.end)
		})
	}
}
