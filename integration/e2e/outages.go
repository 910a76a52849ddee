package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/integration/ledger"
)

// An outageTest kills one back end during a run and checks the consequences.
type outageTest struct {
	service     string
	brokenInput bool // the run fails, so that there is a message to send
	// loss describes what may be lost during the outage. Otherwise watch,
	// called before it, returns a function that reports the counted loss.
	loss  string
	watch func(context.Context) (lossReport, error)
	// after checks the recovered back end, for the run during the outage.
	after func(ctx context.Context, run affectedRun) (string, error)
}

// lossReport describes the counted loss, with an error if it is not as
// expected.
type lossReport func(context.Context) (string, error)

// affectedRun is a run in the middle of which a back end was killed.
type affectedRun struct {
	ledger.Entry
	chunksBefore int // upper limit of its chunks that had ended by then
}

// compareTrace returns an error unless a trace has the run and all chunks that
// ended after the kill.
func (m affectedRun) compareTrace(got trace) error {
	if got.outcome != m.Outcome || got.chunks < m.Chunks-m.chunksBefore {
		return fmt.Errorf("jaeger: has %+v of the run", got)
	}
	return nil
}

func (t *suite) outageTests() []outageTest {
	return []outageTest{
		{service: "prometheus", loss: "nothing to lose: it comes for the counts", after: t.afterPrometheus},
		{service: "statsd-exporter", watch: t.watchHook("statsdhook", judgeLines), after: t.afterStatsD},
		{service: "collector", watch: t.watchExports, after: t.afterCollector},
		{service: "jaeger", loss: "nothing of the job's: the collector keeps spans", after: t.afterJaeger},
		{service: "receiver", brokenInput: true, watch: t.watchHook("webhookhook", judgeMessages), after: t.afterReceiver},
		{service: "alertmanager", brokenInput: true, loss: "nothing of the job's: Prometheus tells it again", after: t.afterAlertmanager},
	}
}

// testOutages kills each back end during a run.
func (t *suite) testOutages(ctx context.Context) error {
	healthy, err := t.job.run(ctx, false)
	if err != nil {
		return err
	}
	t.facts = append(t.facts, [2]string{"a run with every back end there", fmt.Sprintf("%.1f s, %d items", healthy.Seconds, healthy.Items)})
	for _, d := range t.outageTests() {
		if !t.runs(d.service) {
			continue
		}
		o, err := t.testOutage(ctx, d, healthy)
		if err != nil {
			return fmt.Errorf("%s: %w", d.service, err)
		}
		t.addOutage(o)
		if d.brokenInput { // the next test starts with a job whose last run succeeded
			if _, err := t.job.run(ctx, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// testOutage kills a back end in the middle of a run, checks the run, and
// starts the back end again.
func (t *suite) testOutage(ctx context.Context, d outageTest, healthy ledger.Entry) (outage, error) {
	o := outage{service: d.service, loss: d.loss}
	var countLoss lossReport
	if d.watch != nil {
		var err error
		if countLoss, err = d.watch(ctx); err != nil {
			return o, err
		}
	}
	id, err := t.job.start(ctx, d.brokenInput)
	if err != nil {
		return o, err
	}
	if err := t.kill(ctx, d.service); err != nil {
		return o, err
	}
	l, err := t.job.ledger(ctx)
	if err != nil {
		return o, err
	}
	killErr := errorUnless(l.Active && l.Now.ID == id, "the run was over before "+d.service+" was dead")
	e, err := t.job.waitForEnd(ctx, id)
	if err != nil {
		return o, err
	}
	o.run = fmt.Sprintf("%s, %d of %d items failed, %.1f s", e.Outcome, e.Failed, e.Items, e.Seconds)
	var lossErr error
	if countLoss != nil {
		// A last attempt may still be running when the run ends.
		_, lossErr = retry(ctx, 20*time.Second, func(ctx context.Context) (err error) {
			o.loss, err = countLoss(ctx)
			return err
		})
	}
	if err := t.start(ctx, d.service); err != nil {
		return o, err
	}
	if err := t.await(ctx, d.service, t.ready[d.service]); err != nil {
		return o, err
	}
	var recoveryErr error
	o.recovery, recoveryErr = d.after(ctx, affectedRun{e, l.Now.Chunks})
	o.err = errors.Join(killErr, checkUnaffected(e, healthy, d.brokenInput), lossErr, recoveryErr)
	return o, nil
}

// checkUnaffected returns an error unless a run went as one does with every
// back end running. It may take up to three times as long, because of other
// work on the machine. A job that waits for a back end with every chunk takes
// longer.
func checkUnaffected(e, healthy ledger.Entry, broken bool) error {
	switch {
	case e.Seconds > 3*healthy.Seconds:
		return fmt.Errorf("the run took %.1f s, a healthy one %.1f s", e.Seconds, healthy.Seconds)
	case broken && (e.Outcome != "error" || e.Failed == 0 || e.Items <= healthy.Items):
		return fmt.Errorf("the run over broken input is %+v", e)
	case !broken && (e.Outcome != "ok" || e.Failed != 0 || e.Items != healthy.Items || e.Bytes != healthy.Bytes):
		return fmt.Errorf("the run is %+v, a healthy one %+v", e, healthy)
	}
	return nil
}

// watchHook reads the health of a hook now, and returns a function that judges
// the change since.
func (t *suite) watchHook(name string, judge func(lost health) (string, error)) func(context.Context) (lossReport, error) {
	return func(ctx context.Context) (lossReport, error) {
		before, err := t.job.health(ctx, name)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (string, error) {
			now, err := t.job.health(ctx, name)
			if err != nil {
				return "", err
			}
			return judge(now.since(before))
		}, nil
	}
}

// watchExports counts the failed exports of spans by the OpenTelemetry SDK. The
// SDK has no counter for them, but logs them in the log of the job.
func (t *suite) watchExports(ctx context.Context) (lossReport, error) {
	before, err := t.failedExports(ctx)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (string, error) {
		now, err := t.failedExports(ctx)
		if err != nil {
			return "", err
		}
		text := fmt.Sprintf("%d batches of spans, in the job's log", now-before)
		return text, errorUnless(now > before, text)
	}, nil
}

func (t *suite) failedExports(ctx context.Context) (int, error) {
	log, err := t.logs(ctx, "job")
	return strings.Count(log, "traces export: "), err // the error text of the SDK
}

// judgeLines judges the health of statsdhook after a run without a StatsD
// server: all lines are sent or dropped, and none is pending. The network of a
// stopped container answers nothing, so a sender over UDP sees hardly any loss.
func judgeLines(lost health) (string, error) {
	text := fmt.Sprintf("%.0f of %.0f lines, as far as UDP tells; %.0f waiting", lost.dropped, lost.produced(), lost.pending)
	return text, errorUnless(lost.delivered+lost.dropped > 0 && lost.pending == 0, text)
}

// judgeMessages judges the health of webhookhook after a run without a
// receiver: the message is still pending.
func judgeMessages(lost health) (string, error) {
	text := fmt.Sprintf("%.0f dropped; %.0f waiting after %.0f failed attempts", lost.dropped, lost.pending, lost.errors)
	return text, errorUnless(lost.dropped == 0 && lost.pending >= 1 && lost.errors >= 1, text)
}
