package webhookhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// guardCallbacks guards the functions of a user's transport that net/http calls on
// goroutines of its own. There, a panic would end the process, and runtime.Goexit
// would let the attempt run into its timeout.
func guardCallbacks(t *http.Transport) {
	t.DialContext = guardDial(anyDial(t.DialContext, t.Dial))          //nolint:staticcheck // SA1019: the user's client may have it
	t.DialTLSContext = guardDial(anyDial(t.DialTLSContext, t.DialTLS)) //nolint:staticcheck // SA1019: as above
	t.Dial, t.DialTLS = nil, nil                                       //nolint:staticcheck // SA1019: as above
	if header := t.GetProxyConnectHeader; header != nil {
		t.GetProxyConnectHeader = func(ctx context.Context, proxy *url.URL, target string) (h http.Header, err error) {
			err = guard.Call(func() (err error) { h, err = header(ctx, proxy, target); return err })
			return h, err
		}
	}
	if check := t.OnProxyConnectResponse; check != nil {
		t.OnProxyConnectResponse = func(ctx context.Context, proxy *url.URL, req *http.Request, resp *http.Response) error {
			return guard.Call(func() error { return check(ctx, proxy, req, resp) })
		}
	}
	if c := t.TLSClientConfig; c != nil {
		guardHandshake(c)
	}
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// anyDial returns a function to connect, or else its older form without a context,
// which net/http uses where there is no other.
func anyDial(dial dialFunc, older func(network, addr string) (net.Conn, error)) dialFunc {
	if dial != nil || older == nil {
		return dial
	}
	return func(_ context.Context, network, addr string) (net.Conn, error) { return older(network, addr) }
}

func guardDial(dial dialFunc) dialFunc {
	if dial == nil {
		return nil
	}
	return func(ctx context.Context, network, addr string) (conn net.Conn, err error) {
		err = guard.Call(func() (err error) { conn, err = dial(ctx, network, addr); return err })
		return conn, err
	}
}

func guardHandshake(c *tls.Config) {
	if verify := c.VerifyPeerCertificate; verify != nil {
		c.VerifyPeerCertificate = func(raw [][]byte, chains [][]*x509.Certificate) error {
			return guard.Call(func() error { return verify(raw, chains) })
		}
	}
	if verify := c.VerifyConnection; verify != nil {
		c.VerifyConnection = func(s tls.ConnectionState) error { return guard.Call(func() error { return verify(s) }) }
	}
	if certificate := c.GetClientCertificate; certificate != nil {
		c.GetClientCertificate = func(r *tls.CertificateRequestInfo) (cert *tls.Certificate, err error) {
			err = guard.Call(func() (err error) { cert, err = certificate(r); return err })
			return cert, err
		}
	}
}
