package promhook_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/promhook"
)

// request sends a request for metrics to a handler.
func request(t *testing.T, h http.Handler, method string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/metrics", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestHandlerServesWhatIsRegistered(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "other", Help: "Of the program."}))
	for name, c := range map[string]struct {
		registerer prometheus.Registerer
		others     bool
	}{
		"registry": {registry, true},
		"none":     {nil, false},
		"one that cannot gather": {
			prometheus.WrapRegistererWithPrefix("my_", prometheus.NewRegistry()), false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			hook := promhook.New(promhook.WithRegisterer(c.registerer))
			hook.OnChunkEnd(t.Context(), chunkEnd("a"))
			text := readAll(t, request(t, hook.Handler(), http.MethodGet).Body)
			wantContains(t, text, `chunkscope_chunks_total{executor="a",outcome="ok"} 1`)
			if got := strings.Contains(text, "\nother 0"); got != c.others {
				t.Errorf("the program's own metrics are served: %v, want %v", got, c.others)
			}
		})
	}
}

func TestHandlerNegotiates(t *testing.T) {
	hook, _ := newHook()
	hook.OnChunkEnd(t.Context(), chunkEnd("a"))
	h := hook.Handler()

	plain := request(t, h, http.MethodGet)
	wantContains(t, plain.Header().Get("Content-Type"), "text/plain; version=0.0.4")

	open := request(t, h, http.MethodGet, "Accept", "application/openmetrics-text; version=1.0.0", "Accept-Encoding", "gzip")
	wantContains(t, open.Header().Get("Content-Type"), "application/openmetrics-text; version=1.0.0")
	if got := open.Header().Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("Content-Encoding %q", got)
	}
	unzipped, err := gzip.NewReader(open.Body)
	if err != nil {
		t.Fatal(err)
	}
	text := readAll(t, unzipped)
	wantContains(t, text, "# UNIT chunkscope_chunk_duration_seconds seconds", `chunkscope_chunks_total{executor="a",outcome="ok"} 1.0`)
	if !strings.HasSuffix(text, "\n# EOF\n") {
		t.Errorf("the end is %q", text[max(0, len(text)-50):])
	}
}

func TestHandlerMethods(t *testing.T) {
	hook, _ := newHook()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		if got := request(t, hook.Handler(), method).Code; got != http.StatusOK {
			t.Errorf("%s: status %d", method, got)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, "HACK"} {
		r := request(t, hook.Handler(), method)
		if r.Code != http.StatusMethodNotAllowed || r.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: status %d, Allow %q", method, r.Code, r.Header().Get("Allow"))
		}
	}
}

// TestHandlerLimitsRequests checks that the ninth concurrent scrape gets status 503.
func TestHandlerLimitsRequests(t *testing.T) {
	registry := prometheus.NewRegistry()
	entered, leave := make(chan struct{}), make(chan struct{})
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slow", Help: "It waits."}, func() float64 {
		entered <- struct{}{}
		<-leave
		return 1
	}))
	h := promhook.New(promhook.WithRegisterer(registry)).Handler()
	codes := make(chan int)
	for range 8 {
		go func() { codes <- request(t, h, http.MethodGet).Code }()
		<-entered
	}
	if got := request(t, h, http.MethodGet).Code; got != http.StatusServiceUnavailable {
		t.Errorf("the ninth request got status %d, want 503", got)
	}
	close(leave)
	for range 8 {
		if got := <-codes; got != http.StatusOK {
			t.Errorf("status %d", got)
		}
	}
}
