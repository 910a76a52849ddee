package exporters_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/exporters"
)

// Bcrypt hashes of the passwords "first" and "second".
const (
	firstHash  = "$2a$04$DShDWskwzKreTdSpZyS0Wu9olnrMl4JalpeSFQd7WBF6hNiIpLg5y"
	secondHash = "$2a$04$MJ8M6Jffx650nx4PoTJ.5uLFgnV9tyj/qPip/9i28IRMc8XVXLC0m"
)

// writeFile writes a web configuration file.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// certificate writes server.crt and server.key into dir, and returns a pool that
// trusts them.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "server.crt"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	writeFile(t, filepath.Join(dir, "server.key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	pool := x509.NewCertPool()
	if cert, err := x509.ParseCertificate(der); err == nil {
		pool.AddCert(cert)
	}
	return pool
}

// TestWebConfig serves with a password over TLS, and follows changes of the file,
// also to an invalid one.
func TestWebConfig(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "web.yml")
	pool := certificate(t, dir)
	secure := "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
	writeFile(t, path, secure+"basic_auth_users: {prom: "+firstHash+"}\n")
	var log syncBuffer
	s := newSuite(t, exporters.WithPrometheus(":0", ownRegistry()), exporters.WithWebConfigFile(path),
		exporters.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	request := func(user, password string, want int) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.Addr()+"/metrics", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if user != "" {
			r.SetBasicAuth(user, password)
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want || response.ProtoMajor != 2 {
			t.Errorf("%s %s: status %d over %s, want %d", user, password, response.StatusCode, response.Proto, want)
		}
	}
	request("", "", http.StatusUnauthorized)
	request("prom", "second", http.StatusUnauthorized)
	request("other", "first", http.StatusUnauthorized)
	request("prom", "first", http.StatusOK)
	if status, _ := get(t, &http.Client{}, "http://"+s.Addr()+"/metrics"); status != http.StatusBadRequest {
		t.Errorf("without TLS: status %d", status)
	}
	writeFile(t, path, secure+"basic_auth_users: {prom: "+secondHash+"}\n")
	request("prom", "first", http.StatusUnauthorized)
	request("prom", "second", http.StatusOK)

	writeFile(t, path, "basic_auth_users: ["+secondHash+"]\n")
	for range 5 {
		request("prom", "second", http.StatusInternalServerError)
	}
	text := log.String()
	contains(t, "the log", text, "the web configuration file is invalid; no metrics are served", "line 1")
	if strings.Count(text, "level=WARN") != 1 || strings.Contains(text, secondHash) || strings.Contains(text, "toolkit") {
		t.Errorf("the log has more:\n%s", text)
	}
	writeFile(t, path, secure)
	request("", "", http.StatusOK)
	contains(t, "the log", log.String(), "the web configuration file is valid again")
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestInvalidWebConfigs holds that errors quote nothing from the file.
func TestInvalidWebConfigs(t *testing.T) {
	dir := t.TempDir()
	certificate(t, dir)
	path := filepath.Join(dir, "web.yml")
	for text, want := range map[string]string{
		"a: " + secret + "\n":                                                      "the file is not a web configuration file: see its line 1",
		"\ntls_server_config: " + secret + "\n":                                    "see its line 2",
		"basic_auth_users: {prom: " + secret + "}\n":                               "a password in the file is not a bcrypt hash",
		"tls_server_config: {cert_file: server.crt}\n":                             "missing one of key or key_file",
		"tls_server_config: {cert_file: none.crt, key_file: server.key}\n":         "failed to read cert_file (none.crt): open none.crt: no such file or directory",
		"tls_server_config: {cert_file: server.crt, key: " + secret + "}\n":        "failed to load X509KeyPair: tls: failed to find any PEM data in key input",
		"tls_server_config: {cert_file: server.key, key_file: server.crt}\n":       "failed to load X509KeyPair",
		"http_server_config: {headers: {Set-Cookie: " + secret + "}}\n":            `HTTP header "Set-Cookie" can not be configured`,
		"tls_server_config: {cert_file: server.crt, key_file: server.key, ca: [\n": "see its line",
	} {
		writeFile(t, path, text)
		t.Setenv("CHUNKSCOPE_ADDR", ":0")
		t.Setenv("CHUNKSCOPE_WEB_CONFIG_FILE", path)
		_, err := exporters.FromEnv(t.Context())
		if err == nil {
			t.Errorf("%q: no error", text)
			continue
		}
		contains(t, text, err.Error(), "exporters: CHUNKSCOPE_WEB_CONFIG_FILE: ", want)
		if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), dir) {
			t.Errorf("%q: the error shows too much: %v", text, err)
		}
	}
	if _, err := exporters.New(t.Context(), exporters.WithPrometheus(":0"), exporters.WithWebConfigFile("none.yml")); err == nil ||
		err.Error() != `exporters: WithWebConfigFile("none.yml"): cannot open the file: no such file or directory` {
		t.Errorf("New returned %v", err)
	}
}
