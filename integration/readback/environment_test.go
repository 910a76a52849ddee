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
	_ "github.com/chunkscope/chunkscope/exporters/otlp"
	"github.com/chunkscope/chunkscope/integration/oracle/otlp"
	"github.com/chunkscope/chunkscope/integration/oracle/prom"
)

// jobVariable turns this test binary into a program that runs a job. Its value
// has the index of the job in Kinds, the number of workers, and the number of
// concurrent runs.
const jobVariable = "READBACK_JOB"

// report is the output of the program, which it prints in the middle of its
// runs and after their end. It then waits for a line.
type report struct {
	Addr   string // address of its metrics
	Ledger *Expected
}

// program is a job as users write it, apart from the recorder. It contains no
// back end.
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
	recorder := hooktest.NewRecorder()
	out, in := json.NewEncoder(os.Stdout), bufio.NewReader(os.Stdin)
	printReport := func() {
		if err := out.Encode(report{suite.Addr(), NewExpected(recorder)}); err == nil {
			_, _ = in.ReadString('\n')
		}
	}
	Kinds[kind].Run(ctx, workers, runs, core.MultiHook(suite.Hook(), recorder), printReport)
	printReport()
	return suite.Shutdown(ctx)
}

// TestEnvironmentOnly starts jobs of every kind as processes whose back ends
// are set by environment variables alone, and reads all back ends. It reads
// metrics in the middle and at the end, and the others after the process has
// ended.
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
	if runs == 1 { // it sends one message a second, which leaves no time for many runs
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
		{"terminal as JSON", lineFacts(t, terminal.bytes(), "event", "run_end"), Reports("seconds.workers", "counter")},
	} {
		last.Check(t, r.backend, r.facts, r.groups)
	}
	checkMessages(t, Kinds[kind], last, slackFacts(t, chat.received()))
	if runs == 1 {
		checkPings(t, Kinds[kind], watch.received())
	}
}

// checkMessages checks that a chat gets a message about each run that did not
// succeed, or tolerated failures. Of runs that end close to each other, it gets one about the last.
func checkMessages(t *testing.T, kind Kind, expected *Expected, got Facts) {
	t.Helper()
	want := expected.Facts["total.runs"]
	if kind.Outcome == core.OutcomeOK {
		want = 0
	}
	if got["total.runs"] != want {
		t.Errorf("Slack reports %v runs, want %v", got["total.runs"], want)
	}
	for name, n := range got {
		if strings.HasPrefix(name, "run.") && expected.Facts[name] != n {
			t.Errorf("Slack reports %s: %v, want %v", name, n, expected.Facts[name])
		}
	}
}

// checkPings checks that a dead-man's switch gets the starts and the ends of
// runs.
func checkPings(t *testing.T, kind Kind, pings []request) {
	t.Helper()
	var got []string
	for _, p := range pings {
		got = append(got, p.path)
	}
	end := "/uuid/fail"
	if kind.Outcome == core.OutcomeOK || kind.Outcome == core.OutcomePartial {
		end = "/uuid"
	}
	if want := []string{"/uuid/start", end}; !slices.Equal(got, want) {
		t.Errorf("pings %q, want %q", got, want)
	}
}
