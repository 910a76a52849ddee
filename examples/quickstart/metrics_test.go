package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestMetrics runs the program with -metrics, and scrapes it when the job is over.
func TestMetrics(t *testing.T) {
	root := manyFiles(t, 20)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	stderr, told := io.Pipe()
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, []string{"-root", root, "-fail", "10", "-metrics", ":0"}, io.Discard, told)
		_ = told.Close()
	}()

	lines := bufio.NewScanner(stderr)
	url := ""
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
		if at, ok := strings.CutPrefix(lines.Text(), "metrics at "); ok {
			url = at
		}
	}
	if !regexp.MustCompile(`^http://127\.0\.0\.1:\d+/metrics$`).MatchString(url) {
		t.Fatalf("metrics at %q, want this machine alone", url)
	}
	text := fetch(t, url)
	for _, want := range []string{
		`chunkscope_items_total{executor="quickstart",outcome="ok"} 18`,
		`chunkscope_items_total{executor="quickstart",outcome="error"} 2`,
		`chunkscope_runs_total{executor="quickstart",outcome="error"} 1`,
		"go_goroutines",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s:\n%s", want, text)
		}
	}

	interrupt()
	_, _ = io.Copy(io.Discard, stderr)
	if got := <-status; got != exitFailed {
		t.Errorf("exit status %d, want %d, the job's", got, exitFailed)
	}
	var dialer net.Dialer
	if conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/metrics")); err == nil {
		_ = conn.Close()
		t.Error("the metrics are still served")
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %v", response.StatusCode, err)
	}
	return string(text)
}

func TestMetricsAtATakenAddress(t *testing.T) {
	first, err := serveMetrics(t.Context(), ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.close()
	taken := strings.TrimSuffix(strings.TrimPrefix(first.url, "http://"), "/metrics")
	if _, err := serveMetrics(t.Context(), taken); err == nil || !strings.Contains(err.Error(), "choose another address with -metrics") {
		t.Errorf("error %v", err)
	}
}
