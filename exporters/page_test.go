package exporters_test

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/uihook"
)

// TestPageAddresses checks that the page is served for this machine alone, and for
// others only if a setting asks for it.
func TestPageAddresses(t *testing.T) {
	for _, c := range []struct {
		addr, variable string
		opts           []exporters.Option
		url            string // empty for no page
	}{
		{addr: ":9090", url: "http://127.0.0.1:9090/debug/chunkscope/"},
		{addr: "localhost:9090", url: "http://127.0.0.1:9090/debug/chunkscope/"},
		{addr: "[::1]:9090", url: "http://[::1]:9090/debug/chunkscope/"},
		{addr: ":9090", variable: "on", url: "http://127.0.0.1:9090/debug/chunkscope/"},
		{addr: ":9090", variable: "off"},
		{addr: ":9090", variable: "off", opts: []exporters.Option{exporters.WithUI()}, url: "http://127.0.0.1:9090/debug/chunkscope/"},
		{addr: "0.0.0.0:9090"},
		{addr: "192.0.2.7:9090"},
		{addr: "0.0.0.0:9090", variable: "off"},
		{addr: "0.0.0.0:9090", variable: "on", url: "http://localhost:9090/debug/chunkscope/"},
		{addr: "[::]:9090", variable: "on", url: "http://localhost:9090/debug/chunkscope/"},
		{addr: "192.0.2.7:9090", opts: []exporters.Option{exporters.WithUI()}, url: "http://192.0.2.7:9090/debug/chunkscope/"},
	} {
		t.Setenv("CHUNKSCOPE_UI", c.variable)
		withServer(t, c.addr, func(t *testing.T, s *testServer) {
			if got := s.suite.Page(); got != c.url {
				t.Errorf("%+v: the page is at %q", c, got)
			}
			run(t, s.suite.Hook(), "nightly", false)
			status, text := get(t, s.client, "http://localhost/debug/chunkscope/")
			_, index := get(t, s.client, "http://localhost/")
			if linked := strings.Contains(index, `href="debug/chunkscope/"`); linked != (c.url != "") {
				t.Errorf("%+v: the index has a link: %v", c, linked)
			}
			if c.url == "" && status != http.StatusNotFound || c.url != "" && (status != http.StatusOK || !strings.Contains(text, "nightly")) {
				t.Errorf("%+v: status %d:\n%s", c, status, text)
			}
		}, c.opts...)
	}
}

// TestPageIsProtected checks the host and the method of requests, and that a
// password and TLS hold for the page too.
func TestPageIsProtected(t *testing.T) {
	withServer(t, ":9090", func(t *testing.T, s *testServer) {
		if status, _ := get(t, s.client, "http://localhost/debug/chunkscope/", "Host", "evil.example"); status != http.StatusMisdirectedRequest {
			t.Errorf("a request for another host got status %d", status)
		}
		contains(t, "the answer to POST", s.send(t, "POST /debug/chunkscope/ HTTP/1.0\r\nHost: localhost\r\n\r\n"), "405 Method Not Allowed")
	})

	dir := t.TempDir()
	path := filepath.Join(dir, "web.yml")
	pool := certificate(t, dir)
	writeFile(t, path, "tls_server_config: {cert_file: server.crt, key_file: server.key}\nbasic_auth_users: {prom: "+firstHash+"}\n")
	s := newSuite(t, exporters.WithPrometheus(":0", ownRegistry()), exporters.WithWebConfigFile(path), quiet())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	if want := "https://" + s.Addr() + "/debug/chunkscope/"; s.Page() != want {
		t.Errorf("the page is at %q, want %q", s.Page(), want)
	}
	for password, want := range map[string]int{"first": http.StatusOK, "wrong": http.StatusUnauthorized} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Page(), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("prom", password)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("with the password %q, status %d, want %d", password, response.StatusCode, want)
		}
	}
}

// TestPageInTerminal checks that the terminal shows where the page is, as soon as
// its address is taken, and that the page shows the health of other hooks.
func TestPageInTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		listen, network := failingListen(os.NewSyscallError("bind", syscall.EADDRINUSE), free)
		var terminal bytes.Buffer
		s := newSuite(t, quiet(), exporters.WithPrometheus(":9090", ownRegistry()), exporters.WithListen(listen),
			exporters.WithTerminal(&terminal, termhook.WithMode(termhook.ModePlain)))
		run(t, s.Hook(), "waiting", false)
		if s.Page() != "" {
			t.Errorf("the page is at %q before the address is free", s.Page())
		}
		close(free)
		time.Sleep(time.Second)
		run(t, s.Hook(), "served", false)
		client := &http.Client{Transport: &http.Transport{DialContext: network.Dial}}
		_, health := get(t, client, "http://localhost/debug/chunkscope/api/v1/exporters")
		contains(t, "the health on the page", health, `"termhook"`)
		client.CloseIdleConnections()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		before, after, _ := strings.Cut(terminal.String(), "executor=served")
		if strings.Contains(before, "page=") || !strings.Contains(after, "page=http://127.0.0.1:9090/debug/chunkscope/") {
			t.Errorf("the terminal shows\n%s", terminal.String())
		}
	})
}

// TestPageMistakes checks the errors of wrong settings of the page.
func TestPageMistakes(t *testing.T) {
	t.Setenv("CHUNKSCOPE_PROGRESS", "none")
	for name, c := range map[string]struct {
		variable string
		opts     []exporters.Option
		want     []string
	}{
		"value":       {"maybe", nil, []string{"CHUNKSCOPE_UI", "on or off"}},
		"no server":   {"on", nil, []string{"CHUNKSCOPE_UI", "no server", "CHUNKSCOPE_ADDR"}},
		"no server 2": {"", []exporters.Option{exporters.WithUI()}, []string{"WithUI", "no server", "add WithPrometheus"}},
		"option": {
			"",
			[]exporters.Option{exporters.WithPrometheus(":0", ownRegistry()), exporters.WithUI(uihook.WithHosts("a b"))},
			[]string{"WithUI", "WithHosts", "a b"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CHUNKSCOPE_UI", c.variable)
			s, err := exporters.FromEnv(t.Context(), c.opts...)
			if err == nil {
				_ = s.Shutdown(t.Context())
				t.Fatal("no error")
			}
			contains(t, "the error", err.Error(), c.want...)
			if strings.Contains(err.Error(), "maybe") {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
}
