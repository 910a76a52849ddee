package webhook_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type request struct {
	header http.Header
	body   []byte
}

// postedRequest returns the only request that a hook sends about a failed run.
func postedRequest(t *testing.T, opts ...webhookhook.Option) request {
	t.Helper()
	requests := make(chan request, 8)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		requests <- request{r.Header, body}
	}))
	defer server.Close()
	h, err := webhookhook.New(server.URL, opts...)
	if err != nil {
		t.Fatal(err)
	}
	exec := core.NewExecutor(core.WithName("nightly/import äöü"))
	exec.Register(h)
	ctx := core.WithRun(t.Context(), core.RunInfo{ID: "7f3a", Attrs: map[string]string{"tenant": "a"}})
	if core.ForEach(ctx, exec, []int{1, 2, 3}, func(context.Context, int) error { return errors.New("boom <ä>") }) == nil {
		t.Fatal("the run did not fail")
	}
	if err := h.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	return <-requests
}

// TestStandardWebhooksVerifies verifies signatures with the reference library,
// with the current and the previous secret.
func TestStandardWebhooksVerifies(t *testing.T) {
	secrets := []string{
		"whsec_" + base64.StdEncoding.EncodeToString([]byte("the secret of now, 24+ bytes")),
		"whsec_" + base64.StdEncoding.EncodeToString([]byte("the secret of before, 24+ bytes")),
	}
	r := postedRequest(t, webhookhook.WithFormat(webhookhook.JSON()), webhookhook.WithSecret(secrets...))
	for _, secret := range secrets {
		verifier, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier.Verify(r.body, r.header); err != nil {
			t.Errorf("%v: %v", r.header, err)
		}
		for bit := range 8 * len(r.body) {
			flipped := bytes.Clone(r.body)
			flipped[bit/8] ^= 1 << (bit % 8)
			if verifier.Verify(flipped, r.header) == nil {
				t.Fatalf("bit %d does not matter", bit)
			}
		}
		r.header.Set("webhook-id", "other")
		if verifier.Verify(r.body, r.header) == nil {
			t.Error("the id does not matter")
		}
		r.header.Set("webhook-id", decoded(t, r.body)["id"].(string))
	}
	other, err := standardwebhooks.NewWebhook("whsec_" + base64.StdEncoding.EncodeToString([]byte("somebody else's, 24+ bytes")))
	if err != nil {
		t.Fatal(err)
	}
	if other.Verify(r.body, r.header) == nil {
		t.Error("the key does not matter")
	}
}

// TestCloudEventsReads reads an event with the SDK, which validates it.
func TestCloudEventsReads(t *testing.T) {
	r := postedRequest(t, webhookhook.WithFormat(webhookhook.CloudEvents("https://jobs.example/etl")))
	if got := r.header.Get("Content-Type"); !strings.HasPrefix(got, cloudevents.ApplicationCloudEventsJSON) {
		t.Errorf("content type %s", got)
	}
	var e cloudevents.Event
	if err := json.Unmarshal(r.body, &e); err != nil {
		t.Fatalf("%v\n%s", err, r.body)
	}
	if err := e.Validate(); err != nil {
		t.Errorf("%v\n%s", err, r.body)
	}
	if e.ID() != r.header.Get("webhook-id") || e.Type() != "com.github.chunkscope.run_failed" || e.Subject() != "7f3a" ||
		e.Source() != "https://jobs.example/etl/nightly%2Fimport%20%C3%A4%C3%B6%C3%BC" || e.SpecVersion() != "1.0" ||
		e.DataContentType() != "application/json" {
		t.Errorf("read %s", e)
	}
	if age := time.Since(e.Time()); age < 0 || age > time.Hour {
		t.Errorf("it is %v old", age)
	}
	if len(e.Extensions()) > 0 {
		t.Errorf("unknown attributes: %v", e.Extensions())
	}
	plain := postedRequest(t, webhookhook.WithFormat(webhookhook.JSON()))
	var data map[string]any
	if err := e.DataAs(&data); err != nil {
		t.Fatal(err)
	}
	for key := range decoded(t, plain.body) {
		if _, ok := data[key]; !ok {
			t.Errorf("the event's data has no %s, as the format JSON has", key)
		}
	}
	if data["schema"] != webhookhook.Schema {
		t.Errorf("the schema is %v", data["schema"])
	}
}

// FuzzCloudEvents encodes messages with any texts, and validates them with the
// SDK.
func FuzzCloudEvents(f *testing.F) {
	for _, s := range []string{"nightly", "a/b c?d#e%", "a\xff\x00b", "😀\u2028", strings.Repeat("ä", 1000)} {
		f.Add(s, s, int64(0))
	}
	f.Add("x", "", int64(1)<<62)
	f.Fuzz(func(t *testing.T, name, text string, at int64) {
		_, body, err := webhookhook.CloudEvents("").Encode(webhookhook.Message{
			ID: "msg_1", Event: webhookhook.RunFailed, At: time.Unix(at, 0), Executor: name, RunID: "1", Outcome: core.OutcomeError,
			FirstFailure: &webhookhook.Failure{Type: text, Text: text}, Attrs: map[string]string{text: name},
		})
		if err != nil {
			t.Fatal(err)
		}
		var e cloudevents.Event
		if err := json.Unmarshal(body, &e); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		if err := e.Validate(); err != nil {
			t.Errorf("%v\n%s", err, body)
		}
	})
}

func decoded(t *testing.T, body []byte) (m map[string]any) {
	t.Helper()
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return m
}
