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

// Limits of one request and its response.
const (
	dialTimeout       = 3 * time.Second
	tlsTimeout        = 5 * time.Second
	maxResponseHeader = 16 << 10
	maxResponseBody   = 4 << 10
)

// newClient returns a copy of the user's client, or a new one, with the hook's
// limits.
func newClient(c *config) *http.Client {
	client := http.Client{}
	if c.client != nil {
		client = *c.client
	}
	// A redirect would turn the POST into a GET that succeeds without effect, or
	// send body and headers to another host.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Jar = nil
	client.Timeout = 0 // the context of each attempt has one
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
	t := &http.Transport{
		Proxy:             proxyFromEnvironment,
		DialContext:       dialer.DialContext,
		ForceAttemptHTTP2: true,
	}
	if c.addressFilter != nil {
		dialer.Control = func(_, addr string, _ syscall.RawConn) error { return checkAddress(addr, c.addressFilter) }
		t.Proxy = nil // it would connect to addresses that the filter does not see
	}
	limitTransport(t)
	return t
}

// proxyFromEnvironment is http.ProxyFromEnvironment with an error that does not
// quote the password of a proxy.
func proxyFromEnvironment(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the proxy in the environment is not a valid URL")
	}
	return u, nil
}

// limitTransport limits the memory and the time that an endpoint can take.
func limitTransport(t *http.Transport) {
	t.DisableCompression = true // a few KiB may unpack to gigabytes
	t.DisableKeepAlives = true  // messages are minutes apart: each resolves the name anew, and no connection stays open
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
	t.DialContext = limitDial(dial, dialTimeout)
	if t.DialTLSContext != nil {
		t.DialTLSContext = limitDial(t.DialTLSContext, dialTimeout+tlsTimeout)
	}
}

func limitDial(dial dialFunc, limit time.Duration) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return dial(ctx, network, addr)
	}
}
