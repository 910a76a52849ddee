package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

var modes = []string{"hooks", "exporters"}

func TestContract(t *testing.T) {
	clitest.Contract(t, "root", "workers", "mode", "linger", "prometheus", "otel", "statsd", "webhook")
	clitest.Interrupts(t)
}

// TestInvalidBackends checks that invalid addresses are rejected, with a
// message that names the flag and no secret.
func TestInvalidBackends(t *testing.T) {
	root := clitest.Std(t, "container/ring")
	fails := func(args []string, words ...string) {
		t.Helper()
		clitest.Fails(t, clitest.Failed, append([]string{"-root", root}, args...), words...)
	}
	fails([]string{"-mode", "neither"}, `"neither"`, "-mode", "hooks or exporters")
	fails([]string{"-linger", "1m"}, "-linger", "-prometheus")
	for _, mode := range modes {
		fails([]string{"-mode", mode, "-statsd", "nonsense"}, "-statsd", `"nonsense"`, "host:port")
		fails([]string{"-mode", mode, "-prometheus", "9090"}, "-prometheus", "9090")
		fails([]string{"-mode", mode, "-webhook", "ftp://example.org/secret"}, "-webhook", "https")
		if _, _, stderr := clitest.Run(t, "-root", root, "-mode", mode, "-webhook", "ftp://example.org/secret"); strings.Contains(stderr, "secret") {
			t.Errorf("the message contains a secret:\n%s", stderr)
		}
	}
}

func TestNoBackends(t *testing.T) {
	root := clitest.Std(t, "container")
	files := len(clitest.GoFiles(t, root))
	for _, mode := range modes {
		status, stdout, stderr := clitest.Run(t, "-root", root, "-mode", mode)
		want := fmt.Sprintf(`0 go statements
chunkscope_items_total{executor="monitoring",outcome="ok"} %d
chunkscope_runs_total{executor="monitoring",outcome="ok"} 1
`, files)
		if status != clitest.OK || stdout != want {
			t.Errorf("%s: exit status %d\n%s\nwant\n%s", mode, status, stdout, want)
		}
		for _, flag := range []string{"-prometheus", "-otel", "-statsd", "-webhook"} {
			if !strings.Contains(stderr, flag) {
				t.Errorf("%s: stderr does not mention %s:\n%s", mode, flag, stderr)
			}
		}
	}
}

// TestAllBackends checks that every back end receives the true counts.
func TestAllBackends(t *testing.T) {
	root := clitest.Std(t, "context")
	found, files := 0, clitest.GoFiles(t, root)
	for _, text := range files {
		found += len(regexp.MustCompile(`(?m)^\s*go [a-zA-Z]`).FindAllString(text, -1))
	}
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			statsd, webhook, otlp := listenStatsD(t), newServer(t, http.StatusOK), newServer(t, http.StatusOK)
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.URL)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var stdout bytes.Buffer
			stderr := &scraper{t: t, stop: cancel}
			err := run(ctx, config{
				root: root, mode: mode, workers: 2, linger: time.Hour,
				backends: backends{prometheus: "127.0.0.1:0", otel: true, statsd: statsd.addr(), webhook: webhook.URL},
			}, &stdout, stderr)
			lines := statsd.lines(t)

			want := fmt.Sprintf(`%d go statements
chunkscope_hook_delivered_total{hook="otelhook"} %d
chunkscope_hook_delivered_total{hook="statsdhook"} %d
chunkscope_hook_delivered_total{hook="webhookhook"} 1
chunkscope_items_total{executor="monitoring",outcome="ok"} %d
chunkscope_runs_total{executor="monitoring",outcome="ok"} 1
`, found, otlp.spans(t, ""), len(lines), len(files))
			if err != nil || stdout.String() != want {
				t.Errorf("error %v\n%s\nwant\n%s\nstderr:\n%s", err, stdout.String(), want, stderr.String())
			}
			items := fmt.Sprintf("\nchunkscope_items_total{executor=\"monitoring\",outcome=\"ok\"} %d\n", len(files))
			if !strings.Contains(stderr.scraped, items) {
				t.Errorf("a scrape lacks %s:\n%s", items, stderr.scraped)
			}
			if got := sum(t, lines, "items", "ok"); got != len(files) {
				t.Errorf("StatsD counted %d items, want %d:\n%s", got, len(files), strings.Join(lines, "\n"))
			}
			if posts := webhook.received("/"); len(posts) != 1 || !bytes.Contains(posts[0], fmt.Appendf(nil, "monitoring succeeded: %d items done", len(files))) {
				t.Errorf("the webhook got %d messages: %.300q", len(posts), posts)
			}
			if got := otlp.items(t); got != len(files) {
				t.Errorf("OpenTelemetry counted %d items, want %d", got, len(files))
			}
			if got := otlp.spans(t, "run monitoring"); got != 1 {
				t.Errorf("OpenTelemetry has %d spans of runs, want 1", got)
			}
		})
	}
}

// TestFailingBackends checks that failing back ends do not affect the job.
func TestFailingBackends(t *testing.T) {
	root := clitest.Std(t, "container")
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			gone := newServer(t, http.StatusGone)
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", gone.URL)
			status, stdout, stderr := clitest.Run(t, "-root", root, "-mode", mode, "-webhook", gone.URL, "-otel")
			if status != clitest.OK || !strings.Contains(stdout, `chunkscope_hook_dropped_total{hook="webhookhook",`) {
				t.Errorf("exit status %d\n%s", status, stdout)
			}
			for _, want := range []string{"not everything was sent: ", "webhook", "410"} {
				if !strings.Contains(stderr, want) {
					t.Errorf("stderr lacks %q:\n%s", want, stderr)
				}
			}
		})
	}
}

// TestSlowBackend checks that one back end takes no time from another. The
// webhook answers only after OpenTelemetry has received everything.
func TestSlowBackend(t *testing.T) {
	fsys, files, err := goFiles(t.Context(), clitest.Std(t, "container"))
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			answer := make(chan struct{})
			release := sync.OnceFunc(func() { close(answer) })
			webhook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				select {
				case <-answer:
					_, _ = io.WriteString(w, "ok")
				case <-r.Context().Done():
				}
			}))
			t.Cleanup(webhook.Close)
			otlp, got := newServer(t, http.StatusOK), map[string]bool{}
			otlp.posted = func(path string) {
				if got[path] = true; got["/v1/traces"] && got["/v1/metrics"] {
					release()
				}
			}
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.URL)
			s, err := setUp(t.Context(), mode, backends{webhook: webhook.URL, otel: true}, prometheus.NewRegistry())
			if err != nil {
				t.Fatal(err)
			}
			exec := core.NewExecutor(core.WithName("monitoring"))
			exec.Register(s.hook)
			if err := count(t.Context(), exec, fsys, files, io.Discard); err != nil {
				t.Fatal(err)
			}
			if err := s.shutdown(t.Context()); err != nil {
				t.Errorf("not everything was sent: %v", err)
			}
		})
	}
}

// TestSecondSignal checks that a second signal ends the program at once, while
// it waits for a back end that does not answer.
func TestSecondSignal(t *testing.T) {
	webhook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	t.Cleanup(webhook.Close)
	cmd, wait := clitest.Start(t, "-prometheus", "127.0.0.1:0", "-webhook", webhook.URL)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// The process does not show when it has handled the first signal, so the
		// test sends more than two.
		for cmd.Process.Signal(syscall.SIGINT) == nil {
			time.Sleep(10 * time.Millisecond)
		}
	}()
	text := wait()
	<-ended
	if status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGINT {
		t.Errorf("ended with %v, want by the signal:\n%s", cmd.ProcessState, text)
	}
}

// TestInterrupted checks that the back ends receive a canceled run.
func TestInterrupted(t *testing.T) {
	for _, mode := range modes {
		ctx, fsys, files := clitest.Interrupt(t, 7, "package p\nfunc F() { go F() }\n")
		statsd := listenStatsD(t)
		s, err := setUp(t.Context(), mode, backends{statsd: statsd.addr()}, prometheus.NewRegistry())
		if err != nil {
			t.Fatal(err)
		}
		var stdout, stderr strings.Builder
		err = runAndReport(ctx, core.NewExecutor(core.WithName("monitoring"), core.WithWorkers(1)), s, fsys, files, time.Hour, &stdout, &stderr)
		if !errors.Is(err, context.Canceled) || stdout.String() != "7 go statements\n" || stderr.Len() > 0 {
			t.Errorf("%s: error %v, result %q, %q; want the result so far", mode, err, stdout.String(), stderr.String())
		}
		lines := statsd.lines(t)
		if items, runs := sum(t, lines, "items", "ok"), sum(t, lines, "runs", "canceled"); items != 7 || runs != 1 {
			t.Errorf("%s: StatsD counted %d items and %d canceled runs, want 7 and 1", mode, items, runs)
		}
	}
}

func TestReadme(t *testing.T) {
	clitest.Readme(t, "monitoring", func(stdout, stderr io.Writer) error {
		return run(t.Context(), config{root: clitest.Std(t, "strings"), mode: "hooks", workers: 2}, stdout, stderr)
	})
}
