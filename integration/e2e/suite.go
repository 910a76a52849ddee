package main

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"time"
)

// runFailedAlert is the alert for an executor whose last run failed.
const runFailedAlert = "ChunkscopeRunFailed"

// backends are the servers of the stack.
type backends struct {
	job          job
	prometheus   prometheus
	jaeger       jaeger
	alertmanager alertmanager
	receiver     receiver
	ready        map[string]string // the URL of each service that answers when it is ready
}

// local returns the addresses that the compose file publishes.
func local() backends {
	return backends{
		job:          job{url: "http://127.0.0.1:8080", metrics: "http://127.0.0.1:9464/metrics"},
		prometheus:   prometheus{"http://127.0.0.1:9090"},
		jaeger:       jaeger{"http://127.0.0.1:16686"},
		alertmanager: alertmanager{"http://127.0.0.1:9093"},
		receiver:     receiver{"http://127.0.0.1:8090"},
		ready: map[string]string{
			"job":             "http://127.0.0.1:8080/ledger",
			"prometheus":      "http://127.0.0.1:9090/-/ready",
			"alertmanager":    "http://127.0.0.1:9093/-/ready",
			"statsd-exporter": "http://127.0.0.1:9102/metrics",
			"collector":       "http://127.0.0.1:13133/",
			"jaeger":          "http://127.0.0.1:16686/api/services",
			"receiver":        "http://127.0.0.1:8090/messages",
		},
	}
}

// suite has all tests of a stack.
type suite struct {
	stack
	*report
	backends
	stackStart time.Time // when the stack was started
}

// run starts the stack and runs all tests. It returns an error if it cannot
// continue; failed checks are in the report.
func (t *suite) run(ctx context.Context) error {
	if err := t.startStack(ctx); err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{t.testArrival, t.testFailure, t.testRecovery, t.testOutages} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// startStack builds and starts the stack, and waits until every service
// answers.
func (t *suite) startStack(ctx context.Context) error {
	version, err := t.version(ctx)
	if err != nil {
		return err
	}
	engine, err := output(ctx, "docker", "version", "--format", "{{.Server.Version}}")
	if err != nil {
		return err
	}
	began := time.Now()
	if err := t.build(ctx); err != nil {
		return err
	}
	built := time.Since(began)
	if t.report.images, err = t.stack.images(ctx); err != nil {
		return err
	}
	left := "nothing"
	if len(t.excluded) > 0 {
		left = strings.Join(t.excluded, ", ")
	}
	t.facts = [][2]string{
		{"date", time.Now().UTC().Format("2006-01-02 15:04 MST")},
		{"compose", version},
		{"docker engine", engine},
		{"machine", fmt.Sprintf("%s/%s, %d CPUs", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())},
		{"left out", left},
		{"building our two images", seconds(built)},
	}
	t.stackStart = time.Now()
	if err := t.up(ctx); err != nil {
		return err
	}
	for service, url := range t.ready {
		if !t.runs(service) {
			continue
		}
		if err := t.await(ctx, service, url); err != nil {
			return err
		}
	}
	t.add("every service answers", time.Since(t.stackStart), nil)
	return nil
}

func (t *suite) await(ctx context.Context, service, url string) error {
	_, err := retry(ctx, time.Minute, func(ctx context.Context) error {
		_, err := fetch(ctx, http.MethodGet, url)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", service, err)
	}
	return nil
}

// testArrival starts a first run, measures the time until it is visible in each
// back end, and compares the counts after the run.
func (t *suite) testArrival(ctx context.Context) error {
	id, err := t.job.start(ctx, false)
	if err != nil {
		return err
	}
	for _, w := range metricPaths {
		_, err := retry(ctx, time.Minute, func(ctx context.Context) error {
			values, err := t.prometheus.query(ctx, w.items+" > 0", w.outcome)
			if err == nil && len(values) == 0 {
				err = fmt.Errorf("%s has no items", w.name)
			}
			return err
		})
		t.add("first items in "+w.name, time.Since(t.stackStart), err)
	}
	if t.runs("jaeger") {
		_, err := retry(ctx, time.Minute, func(ctx context.Context) error {
			trace, err := t.jaeger.trace(ctx, id)
			if err == nil && trace.chunks == 0 {
				err = fmt.Errorf("no chunks in Jaeger")
			}
			return err
		})
		t.add("first chunks in Jaeger", time.Since(t.stackStart), err)
	}
	e, err := t.job.waitForEnd(ctx, id)
	if err != nil {
		return err
	}
	t.add(fmt.Sprintf("a first run: %d items in %d chunks, %s", e.Items, e.Chunks, e.Outcome), time.Duration(e.Seconds*float64(time.Second)), errorUnless(e.Outcome == "ok", e))
	return t.testCounts(ctx)
}

// testCounts waits until every back end has the counts of the ledger. No run
// may be active.
func (t *suite) testCounts(ctx context.Context) error {
	l, err := t.job.ledger(ctx)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("agrees with the ledger: %v", l.Totals)
	for _, w := range metricPaths {
		took, err := retry(ctx, time.Minute, func(ctx context.Context) error { return t.prometheus.compareCounts(ctx, w, l.Totals) })
		t.add(w.name+" "+what, took, err)
	}
	if !t.runs("jaeger") {
		return nil
	}
	for _, e := range l.Runs {
		took, err := retry(ctx, time.Minute, func(ctx context.Context) error { return t.jaeger.compareRun(ctx, e) })
		t.add(fmt.Sprintf("Jaeger agrees: run %s, %d chunks", e.Outcome, e.Chunks), took, err)
	}
	took, err := retry(ctx, time.Minute, func(ctx context.Context) error {
		id, err := t.prometheus.exemplar(ctx)
		if err != nil {
			return err
		}
		return t.jaeger.checkTrace(ctx, id)
	})
	t.add("a chunk's duration in Prometheus links to its trace in Jaeger", took, err)
	return nil
}

// testFailure makes a run fail and checks the consequences.
func (t *suite) testFailure(ctx context.Context) error {
	e, err := t.job.run(ctx, true)
	if err != nil {
		return err
	}
	t.add(fmt.Sprintf("a run over broken input: %d of %d items failed, %s", e.Failed, e.Items, e.Outcome), time.Duration(e.Seconds*float64(time.Second)), errorUnless(e.Outcome == "error" && e.Failed > 0, e))
	t.checkAlert(ctx, true, e.Started, "failed", "[firing] "+runFailedAlert)
	return t.testCounts(ctx)
}

// testRecovery lets a run succeed again.
func (t *suite) testRecovery(ctx context.Context) error {
	e, err := t.job.run(ctx, false)
	if err != nil {
		return err
	}
	t.add("a run that succeeds again: "+e.Outcome, time.Duration(e.Seconds*float64(time.Second)), errorUnless(e.Outcome == "ok", e))
	t.checkAlert(ctx, false, e.Started, "recovered", "[resolved] "+runFailedAlert)
	return t.testCounts(ctx)
}

// checkAlert waits until the alert fires everywhere, or nowhere, and both
// messages about it have arrived.
func (t *suite) checkAlert(ctx context.Context, on bool, since time.Time, fromJob, fromAlerts string) {
	fires := map[bool]string{true: "fires", false: "fires no more"}[on]
	for _, c := range []struct {
		what string
		f    func(context.Context) error
	}{
		{"the job's message arrived: " + fromJob, func(ctx context.Context) error { return t.receiver.checkMessage(ctx, "job", fromJob, since) }},
		{runFailedAlert + " " + fires + " in Prometheus", func(ctx context.Context) error { return t.prometheus.checkAlert(ctx, runFailedAlert, on) }},
		{runFailedAlert + " " + fires + " in Alertmanager", func(ctx context.Context) error { return t.alertmanager.checkAlert(ctx, runFailedAlert, on) }},
		{"Alertmanager's message arrived: " + fromAlerts, func(ctx context.Context) error { return t.receiver.checkMessage(ctx, "alerts", fromAlerts, since) }},
	} {
		took, err := retry(ctx, 2*time.Minute, c.f)
		t.add(c.what, took, err)
	}
}

// errorUnless returns an error about got unless ok.
func errorUnless(ok bool, got any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("got %+v", got)
}
