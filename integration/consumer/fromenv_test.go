package consumer_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	exportersPath = rootPath + "/exporters"
	otlpPath      = exportersPath + "/otlp"
)

// fromEnvProgram is a job whose telemetry the environment configures.
const fromEnvProgram = `package main

import (
	"context"
	"fmt"
	"log"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

func main() {
	ctx := context.Background()
	suite, err := exporters.FromEnv(ctx)
	if err != nil {
		log.Fatal(err)
	}
	exec := core.NewExecutor(core.WithName("nightly"))
	exec.Register(suite.Hook())
	items := make([]int, 100)
	results, err := core.Map(ctx, exec, items, func(context.Context, int) (int, error) { return 1, nil })
	fmt.Println("results:", len(results), err)
	fmt.Println("shutdown:", suite.Shutdown(ctx))
}
`

// newFromEnvJob returns a project that has built fromEnvProgram as job, with
// further packages imported for their effect.
func newFromEnvJob(t *testing.T, imported ...string) *project {
	t.Helper()
	p := newProject(t, otherMachine)
	p.run("go", "mod", "init", "example.com/job")
	p.run(append([]string{"go", "get", exportersPath}, imported...)...)
	p.write("main.go", fromEnvProgram)
	p.write("imports.go", "package main\n"+blankImports(imported))
	p.run("go", "build", "-o", "job", ".")
	return p
}

// TestFromEnvShowsTheRunElsewhere runs a job of exporters alone. The program
// does not contain OTLP.
func TestFromEnvShowsTheRunElsewhere(t *testing.T) {
	p := newFromEnvJob(t)
	p.env = append(p.env, "CHUNKSCOPE_PROGRESS=plain", "CHUNKSCOPE_ADDR=127.0.0.1:0")
	out := p.run("./job")
	for _, want := range []string{"results: 100 <nil>", "shutdown: <nil>", "executor=nightly", "state=done outcome=ok failed=0 done=100"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
	p.checkVersions()
	modules := p.checkBinary("job")
	if !slices.Contains(modules, exportersPath) {
		t.Errorf("the program contains %v, want %s", modules, exportersPath)
	}
	for _, m := range modules {
		if strings.HasPrefix(m, "go.opentelemetry.io/otel/exporters/") || strings.HasPrefix(m, "go.opentelemetry.io/contrib/exporters/") || m == "google.golang.org/grpc" {
			t.Errorf("the program contains %s without an import of %s", m, otlpPath)
		}
	}
}

// TestFromEnvSendsOTLPElsewhere has a job send to a collector that a variable
// of OpenTelemetry names. The program imports the module of OTLP.
func TestFromEnvSendsOTLPElsewhere(t *testing.T) {
	var mu sync.Mutex
	received := map[string]bool{} // paths of requests that name the executor
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		received[r.URL.Path] = received[r.URL.Path] || strings.Contains(string(body), "nightly")
	}))
	defer collector.Close()

	p := newFromEnvJob(t, otlpPath)
	p.env = append(p.env, "CHUNKSCOPE_PROGRESS=none", "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	if got, want := p.run("./job"), "results: 100 <nil>\nshutdown: <nil>\n"; got != want {
		t.Errorf("the program printed %q, want %q", got, want)
	}
	mu.Lock()
	defer mu.Unlock()
	if !received["/v1/traces"] || !received["/v1/metrics"] {
		t.Errorf("the collector received requests that name the executor: %v, want both traces and metrics", received)
	}
	p.checkVersions()
	p.checkBinary("job")
}
