package exporters_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/promhook"
)

var errBoom = errors.New("boom")

// newSuite returns a suite, and shuts it down when the test ends.
func newSuite(t *testing.T, opts ...exporters.Option) *exporters.Suite {
	t.Helper()
	s, err := exporters.New(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
	return s
}

// ownRegistry keeps the metrics of a test apart from those of other tests.
func ownRegistry() promhook.Option { return promhook.WithRegisterer(prometheus.NewRegistry()) }

// quiet discards the log of a suite.
func quiet() exporters.Option { return exporters.WithLogger(slog.New(slog.DiscardHandler)) }

// run runs a job of 10 items. With fail, one of them fails.
func run(t *testing.T, hook core.Hook, name string, fail bool) {
	t.Helper()
	exec := core.NewExecutor(core.WithName(name), core.WithWorkers(2), core.WithChunkSize(2), core.WithContinueOnError())
	exec.Register(hook)
	results, err := core.Map(t.Context(), exec, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, func(_ context.Context, i int) (int, error) {
		if fail && i == 5 {
			return 0, errBoom
		}
		return i * i, nil
	})
	if (err != nil) != fail || len(results) != 10 || results[9] != 81 {
		t.Errorf("%s returned %v, %v", name, results, err)
	}
}

// get fetches a page, and returns its status and text.
func get(t *testing.T, client *http.Client, url string, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// contains reports an error for each wanted part that a text does not contain.
func contains(t *testing.T, what, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, text)
		}
	}
}

// syncBuffer is a bytes.Buffer for several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// roundTripFunc is a transport for an HTTP client.
type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
