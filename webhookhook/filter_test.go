package webhookhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chunkscope/chunkscope/webhookhook"
)

// filterTargetVar makes TestFilterUsesNoProxy a process that posts to this URL.
const filterTargetVar = "WEBHOOKHOOK_TEST_FILTERED"

// TestFilterUsesNoProxy posts in a process of its own, as net/http reads the variables of
// proxies once. A proxy would connect to addresses that the filter does not see.
func TestFilterUsesNoProxy(t *testing.T) {
	if target := os.Getenv(filterTargetVar); target != "" {
		h, err := webhookhook.New(target, webhookhook.WithPlainHTTP(), webhookhook.WithAddressFilter(func(a netip.Addr) error {
			if a.IsLoopback() { // the proxy stands for a public one
				return nil
			}
			return webhookhook.PublicOnly(a)
		}))
		if err != nil {
			t.Fatal(err)
		}
		runOnce(t, "nightly", errBoom, h)
		ctx, cancel := context.WithTimeout(t.Context(), aSecond)
		defer cancel()
		fmt.Println("shutdown:", h.Shutdown(ctx))
		return
	}
	var asked atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = io.WriteString(w, "ok")
	}))
	defer proxy.Close()
	for _, target := range []string{"http://169.254.169.254/latest/meta-data", "https://10.0.0.1/hook"} {
		job := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFilterUsesNoProxy$")
		job.Env = append(os.Environ(), filterTargetVar+"="+target, "HTTP_PROXY="+proxy.URL, "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
		out, err := job.CombinedOutput()
		if err != nil || asked.Load() != 0 || !strings.Contains(string(out), "1 shutdown") {
			t.Errorf("%s: the proxy was asked %d times; the process ended with %v and printed %s", target, asked.Swap(0), err, out)
		}
	}
}

// TestEmbeddedAddressesAreJudgedByTheAddressInside covers every range of IPv6 whose
// addresses stand for an IPv4 address.
func TestEmbeddedAddressesAreJudgedByTheAddressInside(t *testing.T) {
	for format, hex := range map[string]bool{
		"%s": false, "::ffff:%s": false, "::ffff:0:%s": false, "64:ff9b::%s": false, "::%s": false, "2002:%s::1": true,
	} {
		for inside, public := range map[string]bool{
			"8.8.8.8": true, "1.1.1.1": true, "127.0.0.1": false, "10.1.2.3": false, "169.254.169.254": false, "192.168.0.1": false, "0.0.0.0": false,
			"224.0.0.1": false, "255.255.255.255": false, "100.64.0.1": false,
		} {
			text := inside
			if b := netip.MustParseAddr(inside).As4(); hex {
				text = fmt.Sprintf("%x:%x", int(b[0])<<8|int(b[1]), int(b[2])<<8|int(b[3]))
			}
			a := netip.MustParseAddr(fmt.Sprintf(format, text))
			if got := webhookhook.PublicOnly(a) == nil; got != public {
				t.Errorf("%s is public: %v, want %v", a, got, public)
			}
			if a.Is6() {
				a = a.WithZone("eth0")
				if got := webhookhook.PublicOnly(a) == nil; got != public {
					t.Errorf("%s is public: %v, want %v", a, got, public)
				}
			}
		}
	}
	// The place of the address inside is not known, or it is a tunnel's.
	for _, a := range []string{"64:ff9b:1::808:808", "2001:0:808:808::", "fe80::1%eth0", "::1", "::", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1"} {
		if webhookhook.PublicOnly(netip.MustParseAddr(a)) == nil {
			t.Errorf("%s is public", a)
		}
	}
	for _, a := range []string{"2606:4700::1111", "2001:4860:4860::8888"} {
		if err := webhookhook.PublicOnly(netip.MustParseAddr(a)); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
	if webhookhook.PublicOnly(netip.Addr{}) == nil {
		t.Error("no address is public")
	}
}

// TestFiltersGetTheAddressInside gives a filter of the user's, which knows private IPv4
// networks, an address that is written as IPv6.
func TestFiltersGetTheAddressInside(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for host, want := range map[string]string{
		"[::ffff:127.0.0.1]": "127.0.0.1", "[::ffff:7f00:1]": "127.0.0.1", "[64:ff9b::127.0.0.1]": "127.0.0.1", "[::ffff:0:127.0.0.1]": "127.0.0.1",
		"[2002:7f00:1::]": "127.0.0.1", "127.0.0.1": "127.0.0.1", "[::1]": "0.0.0.1",
	} {
		log := &logRecorder{logged: make(chan struct{})}
		var got atomic.Value
		h, err := webhookhook.New("http://"+host+":"+port+"/x", webhookhook.WithPlainHTTP(), webhookhook.WithLogger(log.logger()),
			webhookhook.WithAddressFilter(func(a netip.Addr) error {
				got.Store(a.String())
				return errors.New("refused by the filter")
			}))
		if err != nil {
			t.Fatal(err)
		}
		runOnce(t, "nightly", errBoom, h)
		<-log.logged
		if got.Load() != nil && got.Load() != want || got.Load() == nil && host == "127.0.0.1" { // there may be no route
			t.Errorf("%s: the filter got %v, want %s; logged %q", host, got.Load(), want, log.all())
		}
		dropAll(h)
	}
}

// TestOlderDialFunctionsAreUsed connects as the user's client does, also where that has
// the older functions, which know no context. A filter cannot see what they connect to.
func TestOlderDialFunctionsAreUsed(t *testing.T) {
	for scheme, set := range map[string]func(t *http.Transport, dial func(network, addr string) (net.Conn, error)){
		"http": func(t *http.Transport, dial func(network, addr string) (net.Conn, error)) {
			t.Dial = dial //nolint:staticcheck // SA1019: older clients have it
		},
		"https": func(t *http.Transport, dial func(network, addr string) (net.Conn, error)) {
			t.DialTLS = dial //nolint:staticcheck // SA1019: as above
		},
		"https with a context": func(t *http.Transport, dial func(network, addr string) (net.Conn, error)) {
			t.DialTLSContext = func(_ context.Context, network, addr string) (net.Conn, error) { return dial(network, addr) }
		},
	} {
		t.Run(scheme, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				broken := true
				transport := &http.Transport{}
				set(transport, func(network, addr string) (net.Conn, error) {
					if broken {
						broken = false
						panic("dial")
					}
					return e.net.Dial(t.Context(), network, addr)
				})
				client := webhookhook.WithHTTPClient(&http.Client{Transport: transport})
				h := e.hook(client)
				if scheme != "http" {
					h, _ = webhookhook.New("https://chat.example"+secretPath, client, webhookhook.WithLogger(e.logger()))
				}
				runOnce(t, "nightly", errBoom, h)
				checkShutdown(t, h, "")
				checkStats(t, h, 1, 1, 1, nil)
				_, err := webhookhook.New("https://chat.example/x", client, webhookhook.WithAddressFilter(webhookhook.PublicOnly))
				checkMistakes(t, err, "webhookhook: WithAddressFilter: it has no effect with WithHTTPClient, which connects by itself; give one of the two")
			})
		})
	}
}
