package promhook_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/chunkscope/chunkscope/promhook"
)

// TestPushHidesTheAddress checks that errors show the scheme and host alone.
func TestPushHidesTheAddress(t *testing.T) {
	const address = "https://us3r:s3cret@gateway:9091/t0ken" //nolint:gosec // the test looks for it
	for name, c := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		words  []string
	}{
		"refused": {func(*http.Request) (*http.Response, error) { return nil, errBoom }, []string{"boom"}},
		"status": {func(r *http.Request) (*http.Response, error) {
			return newResponse(http.StatusBadRequest, "inconsistent help at "+r.URL.String()+" for us3r"), nil
		}, []string{"Bad Request", "inconsistent help"}},
		"redirect": {func(r *http.Request) (*http.Response, error) {
			response := newResponse(http.StatusTemporaryRedirect, "")
			response.Header.Set("Location", r.URL.String())
			return response, nil
		}, []string{"Temporary Redirect"}},
		"invalid redirect": {func(*http.Request) (*http.Response, error) {
			response := newResponse(http.StatusTemporaryRedirect, "")
			response.Header.Set("Location", "://s3cret")
			return response, nil
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			hook, _ := newHook()
			hook.OnChunkEnd(t.Context(), chunkEnd("import"))
			tr := &fakeTransport{respond: c.answer}
			err := pushTo(t, hook, address, tr)
			if err == nil {
				t.Fatal("no error")
			}
			wantContains(t, err.Error(), append(c.words, "promhook: cannot push the metrics of the process to https://gateway:9091: ")...)
			for _, secret := range []string{"us3r", "s3cret", "t0ken"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows %q: %v", secret, err)
				}
			}
		})
	}
}

// TestPushHidesWrittenForms checks that a password does not show in the forms in
// which a gateway may repeat it, nor when its answer is cut in the middle of it.
func TestPushHidesWrittenForms(t *testing.T) {
	const password = `s3c"ret/ü@word` //nolint:gosec // the test looks for it
	address := (&url.URL{Scheme: "https", User: url.UserPassword("us3r", password), Host: "gateway:9091", Path: "/t0 ken"}).String()
	for name, echo := range map[string]func(*http.Request) string{
		"plain":   func(*http.Request) string { return password },
		"escaped": func(*http.Request) string { return url.QueryEscape(password) + url.PathEscape(password) + address },
		"quoted":  func(*http.Request) string { return fmt.Sprintf("%q, %+q", password, password) },
		"header":  func(r *http.Request) string { return r.Header.Get("Authorization") },
		"path":    func(r *http.Request) string { return r.URL.EscapedPath() + r.URL.Path },
		"JSON": func(*http.Request) string {
			text, _ := json.Marshal(map[string]string{"error": "bad key " + password + " at /t0 ken"}) //nolint:errchkjson // a text
			return string(text)
		},
		"hex":    func(*http.Request) string { return hex.EncodeToString([]byte(password)) },
		"partly": func(*http.Request) string { return strings.ReplaceAll(password, "s", "%73") },
		"twice":  func(*http.Request) string { return url.QueryEscape(url.QueryEscape(password)) },
		"base64": func(*http.Request) string { return base64.URLEncoding.EncodeToString([]byte("x:" + password)) },
		"cut":    func(*http.Request) string { return strings.Repeat("x", 505) + password },
		"cut when read": func(r *http.Request) string {
			_, header, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			secrets := strings.Repeat(header, 4060/len(header)) // so many that the end is shown
			return secrets + strings.Repeat("x", 4096-len(secrets)-5) + password
		},
		"secrets only": func(*http.Request) string { return strings.Repeat(password, 1000) },
	} {
		t.Run(name, func(t *testing.T) {
			hook, _ := newHook()
			err := pushTo(t, hook, address, &fakeTransport{respond: func(r *http.Request) (*http.Response, error) {
				return newResponse(http.StatusUnauthorized, echo(r)), nil
			}})
			if err == nil {
				t.Fatal("no error")
			}
			for _, secret := range []string{"us3r", "s3c", "word", "t0", "ken", base64.StdEncoding.EncodeToString([]byte("us3r:"))[:6]} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows %q: %v", secret, err)
				}
			}
		})
	}
}

// TestPushErrorsDriveNoTerminal checks that no control character of an answer is in
// an error, wherever the answer has it.
func TestPushErrorsDriveNoTerminal(t *testing.T) {
	const red = "\x1b[31m\x07\u202e"
	for name, answer := range map[string]string{
		"status":  "HTTP/1.1 500 " + red + "\r\nContent-Length: 0\r\n\r\n",
		"code":    "HTTP/1.1 5" + red + "\r\n\r\n",
		"version": "HTTP/" + red + " 500 no\r\n\r\n",
		"header":  "HTTP/1.1 500 no\r\n" + red + "\r\n\r\n",
		"value":   "HTTP/1.1 500 no\r\nContent-Length: " + red + "\r\n\r\n",
		"coding":  "HTTP/1.1 500 no\r\nTransfer-Encoding: " + red + "\r\n\r\n",
		"proxy":   "HTTP/1.1 502 " + red + "\r\nContent-Length: 0\r\n\r\n",
		"body":    "HTTP/1.1 500 no\r\nContent-Length: 10\r\n\r\n" + red + red,
	} {
		t.Run(name, func(t *testing.T) {
			hook, _ := newHook()
			dial := func(context.Context, string, string) (net.Conn, error) {
				client, server := net.Pipe()
				go func() {
					defer func() { _ = server.Close() }() // the answer is all there is
					if r, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
						_, _ = io.Copy(io.Discard, r.Body)
						_, _ = io.WriteString(server, answer)
					}
				}()
				return client, nil
			}
			transport := &http.Transport{DialContext: dial, DisableKeepAlives: true}
			address := "http://gateway"
			if name == "proxy" { // its status is the whole error
				transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy"})
				address = "https://gateway"
			}
			err := hook.Push(t.Context(), address, promhook.WithPushClient(&http.Client{Transport: transport}))
			if err == nil || strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("error %q", fmt.Sprint(err))
			}
			if strings.Contains(fmt.Sprint(err), "\u202e") {
				t.Errorf("the error changes the direction of text: %q", err)
			}
		})
	}
}

func FuzzPushAddress(f *testing.F) {
	f.Add("http://user:pass@gateway:9091/path")
	f.Add("gateway:9091")
	f.Add("http://[::1]:x/%zz")
	f.Add("ftp://gateway?s3cret=1#x")
	f.Fuzz(func(t *testing.T, address string) {
		hook, _ := newHook()
		tr := &fakeTransport{}
		switch err := pushTo(t, hook, address, tr); {
		case err == nil && (len(tr.requests) != 1 || !strings.HasSuffix(tr.requests[0], "/metrics/job/nightly/process/0")):
			t.Errorf("%q: requested %q", address, tr.requests)
		case err != nil && !strings.HasPrefix(err.Error(), "promhook: "):
			t.Errorf("%q: error %v", address, err)
		case err != nil && len(address) > 25 && strings.Contains(err.Error(), address):
			t.Errorf("the error shows the whole address: %v", err)
		}
	})
}

func TestInvalidPushAddresses(t *testing.T) {
	hook, _ := newHook()
	for address, words := range map[string][]string{
		"":                          {"has no host", "http://host:9091"},
		"http://":                   {"has no host"},
		"http://a\x7fs3cret":        {"not a URL"},
		"http://gateway:p0rt":       {"not a URL"},
		"ftp://gateway":             {`"ftp"`, "http or https"},
		"http://gateway/?k=s3cret":  {"a query or fragment"},
		"http://gateway/#s3cret":    {"a query or fragment"},
		"unix:///var/run/gateway.s": {`"unix"`},
		"http://gateway/metrics/":   {"has the path /metrics", "leave it out"},
		"gateway/x/metrics/job/y":   {"has the path /metrics"},
	} {
		err := hook.Push(t.Context(), address)
		if err == nil {
			t.Errorf("%q: no error", address)
			continue
		}
		wantContains(t, err.Error(), append(words, "promhook: the address of the Pushgateway")...)
		if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "p0rt") {
			t.Errorf("%q: the error shows it: %v", address, err)
		}
	}
}
