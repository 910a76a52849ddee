package readback

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/integration/oracle/otlp"
	"github.com/chunkscope/chunkscope/integration/oracle/prom"
)

// jobVariable makes this test's binary a program that runs a job: a job of
// what order among Kinds, with how many workers and runs at once.
const jobVariable = "READBACK_JOB"

// report is what the program tells on its standard output, twice: in the middle
// of its runs and when they have ended. It then waits for a line.
type report struct {
	Addr   string // of its metrics
	Ledger *Expected
}

// program is a job as users write it, but for the ledger. Nothing in it names a
// backend.
func program(spec string) error {
	var kind, workers, runs int
	if _, err := fmt.Sscan(spec, &kind, &workers, &runs); err != nil {
		return err
	}
	ctx := context.Background()
	suite, err := exporters.FromEnv(ctx)
	if err != nil {
		return err
	}
	told := hooktest.NewRecorder()
	out, in := json.NewEncoder(os.Stdout), bufio.NewReader(os.Stdin)
	tell := func() {
		if err := out.Encode(report{suite.Addr(), NewExpected(told)}); err == nil {
			_, _ = in.ReadString('\n')
		}
	}
	Kinds[kind].Run(ctx, workers, runs, core.MultiHook(suite.Hook(), told), tell)
	tell()
	return suite.Shutdown(ctx)
}

// TestEnvironmentOnly starts jobs of every kind as processes of which nothing
// but the environment says where they are seen, and reads all backends: the
// metrics that they serve in the middle and at the end, the others when the
// process has ended.
func TestEnvironmentOnly(t *testing.T) { //nolint:tparallel // it is parallel to other tests; one process at a time is enough
	t.Parallel() // as others, it mostly waits for webhooks
	for kind := range Kinds {
		t.Run(Kinds[kind].Name, func(t *testing.T) { runProcess(t, kind, 8, 1) })
	}
	t.Run("20 at once", func(t *testing.T) { runProcess(t, 5, 8, 20) })
}

func runProcess(t *testing.T, kind, workers, runs int) {
	t.Helper()
	collector, gateway, chat, watch := otlp.Start(t), prom.StartGateway(t), startEndpoint(t), startEndpoint(t)
	exporter, statsdAddress := startStatsD(t)

	self, err := os.Executable()
	check(t, err)
	process := exec.CommandContext(t.Context(), self)
	process.Env = []string{
		fmt.Sprintf("%s=%d %d %d", jobVariable, kind, workers, runs),
		"CHUNKSCOPE_PROGRESS=json",
		"CHUNKSCOPE_ADDR=:0",
		"CHUNKSCOPE_PUSHGATEWAY_URL=" + gateway.URL,
		"CHUNKSCOPE_STATSD_ADDR=" + statsdAddress,
		"CHUNKSCOPE_WEBHOOK_URL=" + chat.URL + "/services/T0/B0/x",
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.HTTP,
	}
	if runs == 1 { // it tells of each, one a second, for which many runs leave no time
		process.Env = append(process.Env, "CHUNKSCOPE_PING_URL="+watch.URL+"/uuid")
	}
	var terminal lines
	process.Stderr = &terminal
	in, err := process.StdinPipe()
	check(t, err)
	out, err := process.StdoutPipe()
	check(t, err)
	check(t, process.Start())

	var last *Expected
	decoder := json.NewDecoder(out)
	client := &http.Client{}
	defer client.CloseIdleConnections()
	for range 2 {
		var r report
		if err := decoder.Decode(&r); err != nil {
			t.Fatalf("%v\n%s", err, terminal.bytes())
		}
		last = r.Ledger
		last.Check(t, "Prometheus", scrapeFacts(scrape(t, client, "http://"+r.Addr+"/metrics")), Counters("failures", "sizes"))
		_, err = io.WriteString(in, "\n")
		check(t, err)
	}
	if err := process.Wait(); err != nil {
		t.Errorf("the process ended with %v\n%s", err, terminal.bytes())
	}
	check(t, exporter.Settle(t.Context()))
	metrics, err := exporter.Read()
	check(t, err)
	for _, r := range []backendFacts{
		{"Pushgateway", scrapeFacts(gateway.Scrape(t)), Counters("failures", "sizes")},
		{"OTLP metrics", OTLPMetrics(collector.Metrics()), Counters("failed", "sizes")},
		{"StatsD", statsdFacts(t, metrics), Counters("failures", "seconds.workers")},
		{"OTLP traces", OTLPTraces(collector.Traces()), Reports("chunks", "sizes")},
		{"terminal as JSON", lineFacts(t, terminal.bytes(), "event", "run_end"), Reports("seconds.workers")},
	} {
		last.Check(t, r.backend, r.facts, r.groups)
	}
	checkMessages(t, Kinds[kind], last, slackFacts(t, chat.received()))
	if runs == 1 {
		checkPings(t, Kinds[kind], watch.received())
	}
}

// checkMessages holds that a chat hears of all runs that did not go well, of
// those that end close to each other by the last one.
func checkMessages(t *testing.T, kind Kind, ledger *Expected, told Facts) {
	t.Helper()
	want := ledger.Facts["total.runs"]
	if kind.Outcome == core.OutcomeOK {
		want = 0
	}
	if told["total.runs"] != want {
		t.Errorf("Slack tells of %v runs, want %v", told["total.runs"], want)
	}
	for name, n := range told {
		if strings.HasPrefix(name, "run.") && ledger.Facts[name] != n {
			t.Errorf("Slack tells %s: %v, the ledger has %v", name, n, ledger.Facts[name])
		}
	}
}

// checkPings holds that a dead-man's switch hears that runs start and how they end.
func checkPings(t *testing.T, kind Kind, pings []request) {
	t.Helper()
	var got []string
	for _, p := range pings {
		got = append(got, p.path)
	}
	end := "/uuid/fail"
	if kind.Outcome == core.OutcomeOK {
		end = "/uuid"
	}
	if want := []string{"/uuid/start", end}; !slices.Equal(got, want) {
		t.Errorf("pings %q, want %q", got, want)
	}
}
