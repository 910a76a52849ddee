package exporters_test

import (
	"crypto/tls"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/chunkscope/chunkscope/exporters"
)

// TestHealthNeedsNoPassword holds that a probe gets /healthz without a password,
// also while the web configuration file is invalid, and nothing else.
func TestHealthNeedsNoPassword(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web.yml")
	writeFile(t, path, "basic_auth_users: {prom: "+firstHash+"}\n")
	s := newSuite(t, exporters.WithPrometheus(":0", ownRegistry()), exporters.WithWebConfigFile(path))
	client := &http.Client{}
	defer client.CloseIdleConnections()
	for _, c := range []struct {
		path   string
		header []string
		status int
	}{
		{"/healthz", nil, http.StatusOK},
		{"/healthz", []string{"Authorization", "Basic d3Jvbmc6d3Jvbmc="}, http.StatusOK},
		{"/healthz?x=/metrics", nil, http.StatusOK},
		{"/healthz", []string{"Host", "evil.example"}, http.StatusMisdirectedRequest},
		{"/metrics", nil, http.StatusUnauthorized},
		{"/", nil, http.StatusUnauthorized},
		{"/healthz/", nil, http.StatusUnauthorized},
		{"/healthz/../metrics", nil, http.StatusUnauthorized},
		{"//healthz", nil, http.StatusUnauthorized},
		{"/%68ealthz", nil, http.StatusOK},
		{"/metrics?path=/healthz", nil, http.StatusUnauthorized},
		{"/unknown", nil, http.StatusUnauthorized},
	} {
		if status, text := get(t, client, "http://"+s.Addr()+c.path, c.header...); status != c.status {
			t.Errorf("%s %q: status %d, want %d: %s", c.path, c.header, status, c.status, text)
		}
	}
	writeFile(t, path, "?")
	if status, _ := get(t, client, "http://"+s.Addr()+"/healthz"); status != http.StatusOK {
		t.Errorf("with an invalid file: status %d", status)
	}
	if status, _ := get(t, client, "http://"+s.Addr()+"/metrics"); status != http.StatusInternalServerError {
		t.Errorf("metrics with an invalid file: status %d", status)
	}
}

// TestHealthOverTLS holds that a probe needs no password over HTTP/2 either.
func TestHealthOverTLS(t *testing.T) {
	dir := t.TempDir()
	pool := certificate(t, dir)
	path := filepath.Join(dir, "web.yml")
	writeFile(t, path, "tls_server_config: {cert_file: server.crt, key_file: server.key}\nbasic_auth_users: {prom: "+firstHash+"}\n")
	s := newSuite(t, exporters.WithPrometheus(":0", ownRegistry()), exporters.WithWebConfigFile(path))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/metrics": http.StatusUnauthorized} {
		if status, text := get(t, client, "https://"+s.Addr()+path); status != want {
			t.Errorf("%s: status %d, want %d: %s", path, status, want, text)
		}
	}
}
