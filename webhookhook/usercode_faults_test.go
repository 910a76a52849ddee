package webhookhook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// failureModes are the ways in which user code does not return.
var failureModes = map[string]func(){
	"panics": func() { panic("user code") },
	"exits":  runtime.Goexit,
}

// TestUserCodeCostsOneMessage lets each kind of user code panic or exit. The run ends,
// the message is counted, and the message of the next run arrives.
func TestUserCodeCostsOneMessage(t *testing.T) {
	transport := func(f roundTripFunc) webhookhook.Option {
		return webhookhook.WithHTTPClient(&http.Client{Transport: f})
	}
	for name, c := range map[string]struct {
		option func(e *endpoint, fail func()) webhookhook.Option // fail does not return, for the first message only
		err    func(fail func()) error                           // the run's error; nil stands for errBoom
		want   string                                            // what becomes of the first message
		body   string                                            // and what it holds if it arrives
	}{
		"Format.Encode": {option: func(_ *endpoint, fail func()) webhookhook.Option {
			return webhookhook.WithFormat(formatFunc(func(m webhookhook.Message) (string, []byte, error) {
				fail()
				return webhookhook.JSON().Encode(m)
			}))
		}, want: "format_error"},
		"Format.Accepts": {option: func(_ *endpoint, fail func()) webhookhook.Option {
			return webhookhook.WithFormat(acceptingFormat{webhookhook.JSON(), fail})
		}, want: "format_error"},
		"redactor": {option: func(_ *endpoint, fail func()) webhookhook.Option {
			return webhookhook.WithRedactor(func(s string) string {
				if s == "boom" {
					fail()
				}
				return s
			})
		}, want: "delivered", body: `"text":"[redacted]"`},
		"links": {option: func(_ *endpoint, fail func()) webhookhook.Option {
			return webhookhook.WithLinks(func(core.RunInfo) []webhookhook.Link { fail(); return nil })
		}, want: "delivered"},
		"RoundTripper": {option: func(e *endpoint, fail func()) webhookhook.Option {
			next := e.client().Transport
			return transport(func(r *http.Request) (*http.Response, error) {
				if time.Since(e.start) < time.Hour { // each attempt for the first message
					fail()
				}
				return next.RoundTrip(r)
			})
		}, want: "gave_up"},
		"Error of the RoundTripper's error": {option: func(e *endpoint, fail func()) webhookhook.Option {
			next, failed := e.client().Transport, false
			return transport(func(r *http.Request) (*http.Response, error) {
				if !failed {
					failed = true
					return nil, errorFunc(fail)
				}
				return next.RoundTrip(r)
			})
		}, want: "delivered"}, // by the second attempt
		"log handler": {option: func(e *endpoint, fail func()) webhookhook.Option {
			e.handle(respondStatuses(http.StatusServiceUnavailable)) // gives the hook something to log
			return webhookhook.WithLogger(slog.New(enabledFunc(fail)))
		}, want: "delivered"},
		"Error of the run's error": {
			err:  func(fail func()) error { return errorFunc(fail) },
			want: "delivered", body: `"text":"(the Error method of a webhookhook_test.errorFunc broke)"`,
		},
	} {
		for how, doNotReturn := range failureModes {
			t.Run(name+" "+how, func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					e := newEndpoint(t)
					fail := func() {
						if time.Since(e.start) < time.Hour {
							doNotReturn()
						}
					}
					var opts []webhookhook.Option
					if c.option != nil {
						opts = append(opts, c.option(e, fail))
					}
					err := errBoom
					if c.err != nil {
						err = c.err(fail)
					}
					h := e.hook(opts...)
					runOnce(t, "first", err, h)
					time.Sleep(time.Hour)
					s := h.Stats()
					if s.Produced != 1 || s.Pending != 0 || s.Delivered+s.Dropped[c.want] != 1 || c.want == "delivered" && s.Delivered != 1 {
						t.Errorf("the message is not %s: %+v", c.want, s)
					}
					if got := e.attempts(); c.body != "" && (len(got) != 1 || !strings.Contains(string(got[0].body), c.body)) {
						t.Errorf("sent %v, want %s in it", got, c.body)
					}
					runOnce(t, "second", errBoom, h)
					time.Sleep(time.Minute)
					got := e.attempts()
					if len(got) == 0 || got[len(got)-1].document(t).Run.Executor != "second" || h.Stats().Delivered == s.Delivered {
						t.Errorf("the message of the next run did not arrive: %v, %+v", e.texts(), h.Stats())
					}
					dropAll(h)
				})
			})
		}
	}
}

// TestTransportCallbacksFailTheAttempt lets functions panic or exit that net/http
// calls on goroutines of its own, where a panic would end the process.
func TestTransportCallbacksFailTheAttempt(t *testing.T) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	server := httptest.NewUnstartedServer(ok)
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = discardLog()
	server.StartTLS()
	defer server.Close()
	proxy := httptest.NewServer(ok)
	defer proxy.Close()
	client := func(change func(*http.Transport)) webhookhook.Option {
		transport := server.Client().Transport.(*http.Transport).Clone()
		change(transport)
		return webhookhook.WithHTTPClient(&http.Client{Transport: transport})
	}
	for name, option := range map[string]func(fail func()) webhookhook.Option{
		"address filter": func(fail func()) webhookhook.Option {
			return webhookhook.WithAddressFilter(func(netip.Addr) error { fail(); return nil })
		},
		"DialContext": func(fail func()) webhookhook.Option {
			return client(func(transport *http.Transport) {
				transport.DialContext = func(context.Context, string, string) (net.Conn, error) { fail(); return nil, errBoom }
			})
		},
		"DialTLSContext": func(fail func()) webhookhook.Option {
			return client(func(transport *http.Transport) {
				transport.DialTLSContext = func(context.Context, string, string) (net.Conn, error) { fail(); return nil, errBoom }
			})
		},
		"VerifyConnection": func(fail func()) webhookhook.Option {
			return client(func(transport *http.Transport) {
				transport.TLSClientConfig.VerifyConnection = func(tls.ConnectionState) error { fail(); return nil }
			})
		},
		"VerifyPeerCertificate": func(fail func()) webhookhook.Option {
			return client(func(transport *http.Transport) {
				transport.TLSClientConfig.VerifyPeerCertificate = func([][]byte, [][]*x509.Certificate) error { fail(); return nil } //nolint:gosec // G123: the callback is called once
			})
		},
		"GetClientCertificate": func(fail func()) webhookhook.Option {
			return client(func(transport *http.Transport) {
				transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					fail()
					return nil, errBoom
				}
			})
		},
		"GetProxyConnectHeader": func(fail func()) webhookhook.Option {
			return client(func(transport *http.Transport) {
				transport.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
				transport.GetProxyConnectHeader = func(context.Context, *url.URL, string) (http.Header, error) { fail(); return nil, errBoom }
			})
		},
		"OnProxyConnectResponse": func(fail func()) webhookhook.Option {
			return client(func(transport *http.Transport) {
				transport.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
				transport.OnProxyConnectResponse = func(context.Context, *url.URL, *http.Request, *http.Response) error { fail(); return nil }
			})
		},
		"Proxy": func(fail func()) webhookhook.Option {
			return client(func(transport *http.Transport) {
				transport.Proxy = func(*http.Request) (*url.URL, error) { fail(); return nil, errBoom }
			})
		},
	} {
		for how, fail := range failureModes {
			t.Run(name+" "+how, func(t *testing.T) {
				log := &logRecorder{logged: make(chan struct{})}
				h, err := webhookhook.New(server.URL+secretPath, option(fail), webhookhook.WithLogger(log.logger()))
				if err != nil {
					t.Fatal(err)
				}
				runOnce(t, "nightly", errBoom, h)
				<-log.logged // the first attempt failed
				if lines := log.all(); !strings.Contains(lines[0], "user code") && !strings.Contains(lines[0], "Goexit") {
					t.Errorf("logged %q", lines)
				}
				if err := h.Shutdown(closing.Done()); err == nil || h.Stats().Dropped["shutdown"] != 1 {
					t.Errorf("Shutdown returned %v, stats %+v", err, h.Stats())
				}
			})
		}
	}
}

// acceptingFormat is a format that calls a function for each response.
type acceptingFormat struct {
	webhookhook.Format
	call func()
}

func (f acceptingFormat) Accepts([]byte) bool { f.call(); return true }

// errorFunc is an error whose Error method calls a function.
type errorFunc func()

func (f errorFunc) Error() string { f(); return "a text" }

// enabledFunc is a log handler that calls a function for each record.
type enabledFunc func()

func (f enabledFunc) Enabled(context.Context, slog.Level) bool { f(); return false }
func (enabledFunc) Handle(context.Context, slog.Record) error  { return nil }
func (f enabledFunc) WithAttrs([]slog.Attr) slog.Handler       { return f }
func (f enabledFunc) WithGroup(string) slog.Handler            { return f }
