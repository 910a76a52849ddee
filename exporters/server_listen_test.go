package exporters_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/internal/faultnet"
)

// newLog returns a logger, and what it has written.
func newLog() (*slog.Logger, *syncBuffer) {
	log := &syncBuffer{}
	return slog.New(slog.NewTextHandler(log, nil)), log
}

// failingListen returns a function that listens on a network in memory, and
// fails until free is closed.
func failingListen(err error, free <-chan struct{}) (listen func(context.Context, string, string) (net.Listener, error), l *faultnet.Listener) {
	l = faultnet.Listen(1)
	return func(context.Context, string, string) (net.Listener, error) {
		select {
		case <-free:
			return addressedListener{l, net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9090}}, nil
		default:
			return nil, &net.OpError{Op: "listen", Net: "tcp", Err: err}
		}
	}, l
}

// TestPortInUse holds that a job runs without its address, and that metrics are
// served as soon as the address is free.
func TestPortInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		listen, network := failingListen(os.NewSyscallError("bind", syscall.EADDRINUSE), free)
		logger, log := newLog()
		s := newSuite(t, exporters.WithPrometheus(":9090", ownRegistry()), exporters.WithListen(listen), exporters.WithLogger(logger))
		run(t, s.Hook(), "waiting", false)
		if s.Addr() != "" {
			t.Errorf("serves at %q before the address is free", s.Addr())
		}
		contains(t, "the log", log.String(), "level=WARN", `WithPrometheus(\":9090\")`, "address already in use", "fix=")
		time.Sleep(time.Hour)
		close(free)
		time.Sleep(time.Second)
		if s.Addr() != "127.0.0.1:9090" {
			t.Errorf("serves at %q after the address is free", s.Addr())
		}
		contains(t, "the log", log.String(), "the address is free, and metrics are served")
		if n := strings.Count(log.String(), "level=WARN"); n != 1 {
			t.Errorf("%d warnings in an hour", n)
		}
		client := &http.Client{Transport: &http.Transport{DialContext: network.Dial}}
		_, text := get(t, client, "http://localhost/metrics")
		contains(t, "the scrape", text, `chunkscope_runs_total{executor="waiting",outcome="ok"} 1`)
		client.CloseIdleConnections()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestAddressThatMayBecomeFree holds which failures to listen are warnings, and
// which are errors. Neither shows the value of the variable.
func TestAddressThatMayBecomeFree(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		waits bool
	}{
		{"port in use", syscall.EADDRINUSE, true},
		{"address not there yet", syscall.EADDRNOTAVAIL, true},
		{"too many open files", syscall.EMFILE, true},
		{"name server down", &net.DNSError{Err: "server misbehaving", Name: secret, IsTemporary: true}, true},
		{"unknown host", &net.DNSError{Err: "no such host", Name: secret, IsNotFound: true}, false},
		{"privileged port", syscall.EACCES, false},
		{"no such family", syscall.EAFNOSUPPORT, false},
		{"no such port", &net.AddrError{Err: "invalid port", Addr: secret}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("CHUNKSCOPE_ADDR", secret+":9090")
			t.Setenv("CHUNKSCOPE_PROGRESS", "none")
			synctest.Test(t, func(t *testing.T) {
				listen, _ := failingListen(c.err, nil)
				logger, log := newLog()
				s, err := exporters.FromEnv(t.Context(), exporters.WithListen(listen), exporters.WithLogger(logger))
				said := log.String()
				if err != nil {
					said = err.Error()
				} else if err := s.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				if (err == nil) != c.waits {
					t.Errorf("FromEnv returned %v", err)
				}
				contains(t, "what was said", said, "CHUNKSCOPE_ADDR", "port 0")
				if strings.Contains(said, secret) {
					t.Errorf("the value is shown: %s", said)
				}
			})
		})
	}
}

// recordHandler sends the message of each record to a channel.
type recordHandler struct {
	slog.Handler
	messages chan string
}

func (h recordHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h recordHandler) Handle(_ context.Context, r slog.Record) error {
	select {
	case h.messages <- r.Message:
	default:
	}
	return nil
}

// TestRealPortInUse frees a port of the machine while a suite waits for it.
func TestRealPortInUse(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	messages := make(chan string, 10)
	s := newSuite(t, exporters.WithPrometheus(taken.Addr().String(), ownRegistry()), exporters.WithTerminal(io.Discard),
		exporters.WithLogger(slog.New(recordHandler{slog.DiscardHandler, messages})))
	contains(t, "the first message", <-messages, "no metrics are served yet")
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	contains(t, "the second message", <-messages, "metrics are served")
	client := &http.Client{}
	defer client.CloseIdleConnections()
	if status, _ := get(t, client, "http://"+taken.Addr().String()+"/metrics"); status != http.StatusOK || s.Addr() != taken.Addr().String() {
		t.Errorf("status %d at %q", status, s.Addr())
	}
}

// TestEndedContext holds that New does not wait for an address on behalf of a
// program that gave up.
func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := exporters.New(ctx, exporters.WithPrometheus("localhost:0", ownRegistry())); err == nil {
		t.Errorf("New returned no error, and serves at %q", s.Addr())
		_ = s.Shutdown(t.Context())
	}
}
