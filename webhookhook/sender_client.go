package webhookhook

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// Bounds of one exchange with the endpoint.
const (
	dialTimeout       = 3 * time.Second
	tlsTimeout        = 5 * time.Second
	maxResponseHeader = 16 << 10
	maxResponseBody   = 4 << 10
)

// newClient returns the client to send with: the hook's own, or a copy of the
// user's with the same limits.
func newClient(c *config) *http.Client {
	client := http.Client{}
	if c.client != nil {
		client = *c.client
	}
	// A redirect would turn the POST into a GET that succeeds and says nothing,
	// or carry body and headers to another host.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Jar = nil
	client.Timeout = 0 // each attempt has a context with one
	switch transport := client.Transport.(type) {
	case *http.Transport:
		transport = transport.Clone()
		guardCallbacks(transport)
		limitTransport(transport)
		client.Transport = transport
	case nil:
		client.Transport = newTransport(c)
	}
	return &client
}

func newTransport(c *config) *http.Transport {
	dialer := &net.Dialer{}
	if c.addressFilter != nil {
		dialer.Control = func(_, addr string, _ syscall.RawConn) error { return checkAddress(addr, c.addressFilter) }
	}
	t := &http.Transport{
		Proxy:             proxyFromEnvironment,
		DialContext:       dialer.DialContext,
		ForceAttemptHTTP2: true,
	}
	limitTransport(t)
	return t
}

// proxy is http.ProxyFromEnvironment with an error that does not quote a
// proxy's password.
func proxyFromEnvironment(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the environment's proxy is not a URL")
	}
	return u, nil
}

// limit keeps what an endpoint can make the process do within bounds.
func limitTransport(t *http.Transport) {
	t.DisableCompression = true // a few KB can unpack to gigabytes
	t.DisableKeepAlives = true  // messages are minutes apart; names are resolved anew, and nothing stays open
	if t.MaxResponseHeaderBytes <= 0 || t.MaxResponseHeaderBytes > maxResponseHeader {
		t.MaxResponseHeaderBytes = maxResponseHeader
	}
	if t.TLSHandshakeTimeout <= 0 || t.TLSHandshakeTimeout > tlsTimeout {
		t.TLSHandshakeTimeout = tlsTimeout
	}
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	t.TLSClientConfig.MinVersion = max(t.TLSClientConfig.MinVersion, tls.VersionTLS12)
	dial := t.DialContext
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		return dial(ctx, network, addr)
	}
}
