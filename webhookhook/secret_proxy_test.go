package webhookhook_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/webhookhook"
)

// proxiedTargetVar makes TestProxyPasswordsAreHidden a process that posts to this URL.
const proxiedTargetVar = "WEBHOOKHOOK_TEST_PROXIED"

// TestProxyPasswordsAreHidden posts in a process of its own, through a proxy that repeats
// its password.
func TestProxyPasswordsAreHidden(t *testing.T) {
	const user, password = "proxy-user", "CANARYpw"
	if target := os.Getenv(proxiedTargetVar); target != "" {
		log := &logRecorder{logged: make(chan struct{})}
		h, err := webhookhook.New(target, webhookhook.WithPlainHTTP(), webhookhook.WithLogger(log.logger()))
		if err != nil {
			t.Fatal(err)
		}
		runOnce(t, "nightly", errBoom, h)
		<-log.logged
		fmt.Println(log.all(), h.Shutdown(t.Context()))
		return
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
		_, _ = io.WriteString(w, "unknown: "+r.Header.Get("Proxy-Authorization")+", that is "+password) //nolint:gosec // G705: it is no page
	}))
	defer proxy.Close()
	address := "http://" + user + ":" + password + "@" + strings.TrimPrefix(proxy.URL, "http://")
	job := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyPasswordsAreHidden$")
	job.Env = append(os.Environ(), proxiedTargetVar+"=http://chat.example/hook", "HTTP_PROXY="+address, "NO_PROXY=")
	out, err := job.CombinedOutput()
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	if err != nil || !strings.Contains(string(out), "unknown: Basic [redacted], that is [redacted]") || strings.Contains(string(out), encoded) {
		t.Errorf("the process ended with %v and printed %s", err, out)
	}
}
