package webhookhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// TestPingServices pings services that do not do as Healthchecks does.
func TestPingServices(t *testing.T) {
	for _, c := range []struct {
		name, check string
		want        []string // of a success and a failure
	}{
		{
			"Uptime Kuma", "http://kuma.example:3001/status/api/push/TOKEN?status=up&msg=OK&ping=", []string{
				"GET /status/api/push/TOKEN?msg=nightly succeeded: 1 item done in 0s&ping=&status=up",
				"GET /status/api/push/TOKEN?msg=nightly failed after 0s: 1 of 1 item failed&ping=&status=down",
			},
		},
		{
			"Better Stack", "http://uptime.betterstack.com/api/v1/heartbeat/XYZ1234",
			[]string{"POST /api/v1/heartbeat/XYZ1234", "POST /api/v1/heartbeat/XYZ1234/fail"},
		},
		{
			"a host with a similar name", "http://notbetterstack.com/beat",
			[]string{"POST /beat/start", "POST /beat", "POST /beat/start", "POST /beat/fail"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				p := e.ping(c.check)
				runOnce(t, "nightly", nil, p)
				runOnce(t, "nightly", errBoom, p)
				checkShutdown(t, p, "")
				var got []string
				for _, a := range e.attempts() {
					u, err := url.Parse(a.url)
					if err != nil {
						t.Fatal(err)
					}
					query := u.Query()
					query.Del("rid")
					text := a.method + " " + u.Path
					if len(query) > 0 {
						unescaped, _ := url.QueryUnescape(query.Encode())
						text += "?" + unescaped
					}
					got = append(got, text)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("requested %q, want %q", got, c.want)
				}
			})
		})
	}
}

// TestMonitorsThatTakeGETOnly pings services that refuse other methods in various ways.
func TestMonitorsThatTakeGETOnly(t *testing.T) {
	for name, c := range map[string]struct {
		statuses map[string]int
		opts     []webhookhook.Option
		want     []string // of a success
	}{
		"405":                 {map[string]int{"POST": 405}, nil, []string{"POST /beat/start", "GET /beat/start", "POST /beat", "GET /beat"}},
		"501":                 {map[string]int{"POST": 501}, nil, []string{"POST /beat/start", "GET /beat/start", "POST /beat", "GET /beat"}},
		"404, also for start": {map[string]int{"POST": 404, "/beat/start": 404}, nil, []string{"POST /beat/start", "POST /beat", "GET /beat"}},
		"GET": {
			map[string]int{"POST": 400},
			[]webhookhook.Option{webhookhook.WithPingMethod(http.MethodGet)},
			[]string{"GET /beat/start", "GET /beat"},
		},
		"HEAD": {
			map[string]int{"POST": 400},
			[]webhookhook.Option{webhookhook.WithPingMethod(http.MethodHead)},
			[]string{"HEAD /beat/start", "HEAD /beat"},
		},
		"POST": {nil, []webhookhook.Option{webhookhook.WithPingMethod(http.MethodPost)}, []string{"POST /beat/start", "POST /beat"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				e.handle(respondTo(c.statuses))
				p := e.ping("http://beats.example/beat", c.opts...)
				_, run := newExecutor("nightly", p).Start(t.Context(), 0)
				time.Sleep(time.Minute)
				run.End(nil)
				time.Sleep(time.Minute)
				checkPaths(t, e, c.want...)
				for _, a := range e.attempts() {
					if hasBody := len(a.body) > 0; hasBody != (a.method == http.MethodPost) || hasBody != (a.header.Get("Content-Type") != "") {
						t.Errorf("%s with the body %q and the headers %v", a.method, a.body, a.header)
					}
				}
				if last := c.want[len(c.want)-1]; p.Stats().Delivered == 0 || countPaths(e, last) != 1 {
					t.Errorf("%s is not delivered: %+v", last, p.Stats())
				}
				dropAll(p)
			})
		})
	}
	// With a method that was chosen, nothing else is tried.
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.handle(respondTo(map[string]int{"POST": 405}))
		p := e.ping("", webhookhook.WithPingURLs("", "http://h.example/beat", ""), webhookhook.WithPingMethod(http.MethodPost))
		runOnce(t, "nightly", nil, p)
		checkShutdown(t, p, "webhookhook.ping: http://h.example: 1 of 1 lost: 1 status_4xx; ends of runs among them: 1")
		checkPaths(t, e, "POST /beat")
	})
	_, err := webhookhook.NewPing("https://h.example/beat", webhookhook.WithPingMethod("DELETE"))
	checkMistakes(t, err, `webhookhook: WithPingMethod("DELETE"): the method is not one for pings; give GET, HEAD or POST`)
	_, err = webhookhook.New("https://h.example/hook", webhookhook.WithPingMethod(http.MethodGet))
	checkMistakes(t, err, "webhookhook: WithPingMethod: it is an option of NewPing; leave it out")
}

// TestPingsAreSigned verifies signatures as Standard Webhooks describes it. The id of a
// ping is unique, and the same for each attempt.
func TestPingsAreSigned(t *testing.T) {
	const secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" //nolint:gosec // G101: that of the specification's examples
	key, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		e.handle(func(n int, w http.ResponseWriter, r *http.Request) {
			if n%3 == 1 || r.Method == http.MethodPost && r.URL.Path == "/fail" {
				w.WriteHeader(http.StatusNotFound)
			}
		})
		p := e.ping("", webhookhook.WithPingURLs("", "http://h.example/ok", "http://h.example/fail"), webhookhook.WithSecret("whsec_"+secret))
		const runs = 6
		for i := range runs {
			runOnce(t, "nightly", []error{nil, errBoom}[i%2], p)
			time.Sleep(time.Minute)
		}
		urls := map[string]string{} // by id
		for _, a := range e.attempts() {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(a.id + "." + a.header.Get("webhook-timestamp") + "." + string(a.body)))
			if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); a.id == "" || a.header.Get("webhook-signature") != want {
				t.Errorf("%s %s has the id %q and the signature %q, want %q", a.method, a.url, a.id, a.header.Get("webhook-signature"), want)
			}
			if other, ok := urls[a.id]; ok && other != a.url {
				t.Errorf("%s and %s have the same id", other, a.url)
			}
			urls[a.id] = a.url
		}
		if len(urls) != runs || len(e.attempts()) <= runs {
			t.Errorf("%d ids of %d attempts", len(urls), len(e.attempts()))
		}
		checkShutdown(t, p, "")
	})
}

// TestPingsFollowTheOutcome pings the URL for failures for failed and cancelled runs only.
func TestPingsFollowTheOutcome(t *testing.T) {
	for outcome, want := range map[core.Outcome]string{
		core.OutcomeOK: "POST /ok", core.OutcomeError: "POST /fail", core.OutcomePanic: "POST /fail", core.OutcomeCanceled: "POST /fail",
		core.OutcomePanic + 1: "POST /ok", 0: "POST /fail",
	} {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			p := e.ping("", webhookhook.WithPingURLs("", "http://h.example/ok", "http://h.example/fail"))
			p.OnRunEnd(t.Context(), core.RunEnd{RunStart: core.RunStart{Executor: "job", RunID: "1", Items: 100}, ItemsDone: 30, Outcome: outcome})
			checkShutdown(t, p, "")
			checkPaths(t, e, want)
		})
	}
}
