package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chunkscope/chunkscope/integration/ledger"
)

// waitFor waits until f returns no error, and describes the result.
func waitFor(ctx context.Context, what string, f func(context.Context) error) (string, error) {
	took, err := retry(ctx, 2*time.Minute, f)
	if err != nil {
		return what + ": no", err
	}
	return fmt.Sprintf("%s after %s", what, seconds(took)), nil
}

// afterPrometheus checks that nothing is missing, because counters only grow.
func (t *suite) afterPrometheus(ctx context.Context, _ affectedRun) (string, error) {
	l, err := t.job.ledger(ctx)
	if err != nil {
		return "", err
	}
	return waitFor(ctx, "all counts are there", func(ctx context.Context) error { return t.prometheus.compareCounts(ctx, metricPaths[0], l.Totals) })
}

// afterStatsD checks that the next run arrives completely. Lost lines stay
// lost, and the restarted exporter begins at zero.
func (t *suite) afterStatsD(ctx context.Context, _ affectedRun) (string, error) {
	w := metricPaths[1]
	_, err := retry(ctx, 3*time.Minute, func(ctx context.Context) error {
		values, err := t.prometheus.query(ctx, "statsd_chunkscope_runs_active", "executor")
		if err == nil && len(values) == 0 {
			err = errors.New("no gauges from the job")
		}
		return err
	})
	if err != nil {
		return "the job sends again: no", err
	}
	before, err := t.prometheus.counts(ctx, w)
	if err != nil {
		return "", err
	}
	e, err := t.job.run(ctx, false)
	if err != nil {
		return "", err
	}
	want := before["ok"].Plus(ledger.Count{Runs: 1, Chunks: e.Chunks, Items: e.Items})
	return waitFor(ctx, "the next run is there as a whole", func(ctx context.Context) error {
		got, err := t.prometheus.counts(ctx, w)
		if err == nil && got["ok"] != want {
			err = fmt.Errorf("StatsD has %+v, want %+v", got["ok"], want)
		}
		return err
	})
}

// afterCollector checks that all metrics are there, because they are sums since
// the start of the job. Spans that the SDK could not export are gone.
func (t *suite) afterCollector(ctx context.Context, e affectedRun) (string, error) {
	l, err := t.job.ledger(ctx)
	if err != nil {
		return "", err
	}
	text, err := waitFor(ctx, "all counts are there", func(ctx context.Context) error { return t.prometheus.compareCounts(ctx, metricPaths[2], l.Totals) })
	if err != nil {
		return text, err
	}
	if !t.runs("jaeger") {
		return text, nil
	}
	got, err := t.jaeger.trace(ctx, e.ID)
	return fmt.Sprintf("%s; %d of %d chunks have a span", text, got.chunks, e.Chunks), err
}

// afterJaeger checks that the spans that the collector kept arrive. Jaeger
// itself has lost its memory.
func (t *suite) afterJaeger(ctx context.Context, e affectedRun) (string, error) {
	var got trace
	_, err := retry(ctx, 2*time.Minute, func(ctx context.Context) (err error) {
		if got, err = t.jaeger.trace(ctx, e.ID); err == nil {
			err = e.compareTrace(got)
		}
		return err
	})
	return fmt.Sprintf("spans of the run and of %d of its %d chunks, %d of which had ended before; older traces are gone with its memory", got.chunks, e.Chunks, e.chunksBefore), err
}

// afterReceiver checks that the pending message arrives.
func (t *suite) afterReceiver(ctx context.Context, e affectedRun) (string, error) {
	text, err := waitFor(ctx, "the message of the failed run arrived", func(ctx context.Context) error { return t.receiver.checkMessage(ctx, "job", "failed", e.Started) })
	if err != nil {
		return text, err
	}
	_, err = retry(ctx, 10*time.Second, func(ctx context.Context) error {
		h, err := t.job.health(ctx, "webhookhook")
		return errors.Join(err, errorUnless(h.pending == 0, h))
	})
	return text, err
}

// afterAlertmanager checks that Prometheus sends the alert again.
func (t *suite) afterAlertmanager(ctx context.Context, _ affectedRun) (string, error) {
	return waitFor(ctx, runFailedAlert+" is there", func(ctx context.Context) error { return t.alertmanager.checkAlert(ctx, runFailedAlert, true) })
}
