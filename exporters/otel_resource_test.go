package exporters_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// instanceID matches the instance in a request of OTLP.
var instanceID = regexp.MustCompile(`(?s)service\.instance\.id\x12.{3}([0-9a-z-]+)`)

// TestInstances holds that the telemetry of two programs of one job, and of two
// suites, have different instances. Spans and metrics of a suite have the same.
func TestInstances(t *testing.T) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	ids := map[string]bool{}
	instances := func(b *httpBackend) {
		t.Helper()
		var of [2]string
		for i, path := range []string{"/v1/traces", "/v1/metrics"} {
			found := instanceID.FindStringSubmatch(b.at(path))
			if found == nil || !uuid.MatchString(found[1]) {
				t.Fatalf("%s has the instance %q, want a random UUID", path, found)
			}
			of[i] = found[1]
		}
		if of[0] != of[1] || ids[of[0]] {
			t.Errorf("spans have the instance %s, metrics %s; earlier ones are %v", of[0], of[1], ids)
		}
		ids[of[0]] = true
	}
	for range 2 {
		b := newHTTPBackend(t)
		program := exec.CommandContext(t.Context(), os.Args[0])
		program.Env = append(os.Environ(), childVariable+"=otel", "CHUNKSCOPE_PROGRESS=none", "OTEL_EXPORTER_OTLP_ENDPOINT="+b.URL)
		if output, err := program.CombinedOutput(); err != nil || len(output) > 0 {
			t.Fatalf("%v, wrote %s", err, output)
		}
		instances(b)
		b = newHTTPBackend(t)
		sayOTel(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": b.URL})
		instances(b)
	}
}

// TestInstanceOfEnvironment holds that the environment names the instance, and
// that a stray comma costs nothing.
func TestInstanceOfEnvironment(t *testing.T) {
	b := newHTTPBackend(t)
	said := sayOTel(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": b.URL, "OTEL_RESOURCE_ATTRIBUTES": "service.instance.id=pod-7,,team=a%2Cb,"})
	for _, path := range []string{"/v1/traces", "/v1/metrics"} {
		if found := instanceID.FindStringSubmatch(b.at(path)); found == nil || found[1] != "pod-7" {
			t.Errorf("%s has the instance %q", path, found)
		}
		contains(t, path, b.at(path), "a,b")
	}
	if strings.Count(said, "OTEL_RESOURCE_ATTRIBUTES") != 1 {
		t.Errorf("said %s", said)
	}
}

// TestErrorHandlerOfSuite holds that the SDK's complaints go to the suite's logger
// where a program has no handler of its own, and are scrubbed.
func TestErrorHandlerOfSuite(t *testing.T) {
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), childVariable+"=handler", "CHUNKSCOPE_PROGRESS=none", "OTEL_TRACES_EXPORTER=none", "OTEL_METRICS_EXPORTER=none", "OTEL_EXPORTER_OTLP_HEADERS=api-key="+secret)
	output, err := program.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	contains(t, "the output", string(output), "WARN exporters: OpenTelemetry reports an error", "the key [redacted] is unknown")
	if strings.Contains(string(output), secret) || strings.Count(string(output), "\n") != 1 {
		t.Errorf("wrote %s", output)
	}
}
