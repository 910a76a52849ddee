package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/chunkscope/chunkscope/integration/ledger"
)

// maxRunDuration is the limit for a run.
const maxRunDuration = 5 * time.Minute

// job is a client of the job of the example.
type job struct {
	url     string // base URL of its ledger
	metrics string // URL of its metrics
}

func (j job) ledger(ctx context.Context) (ledger.Ledger, error) {
	var l ledger.Ledger
	err := get(ctx, j.url+"/ledger", &l)
	return l, err
}

// start requests a run, and waits until it has processed an item.
func (j job) start(ctx context.Context, broken bool) (id string, err error) {
	if _, err := fetch(ctx, http.MethodPost, fmt.Sprintf("%s/run?broken=%t", j.url, broken)); err != nil {
		return "", err
	}
	_, err = retry(ctx, 20*time.Second, func(ctx context.Context) error {
		l, err := j.ledger(ctx)
		if err == nil && l.Now.Items == 0 {
			err = errors.New("the run has not started")
		}
		id = l.Now.ID
		return err
	})
	return id, err
}

// waitForEnd waits for the end of a run.
func (j job) waitForEnd(ctx context.Context, id string) (e ledger.Entry, err error) {
	_, err = retry(ctx, maxRunDuration, func(ctx context.Context) error {
		l, err := j.ledger(ctx)
		if err != nil {
			return err
		}
		for _, e = range l.Runs {
			if e.ID == id {
				return nil
			}
		}
		return fmt.Errorf("run %s has not ended", id)
	})
	return e, err
}

// run requests a run and waits for its end.
func (j job) run(ctx context.Context, broken bool) (ledger.Entry, error) {
	id, err := j.start(ctx, broken)
	if err != nil {
		return ledger.Entry{}, err
	}
	return j.waitForEnd(ctx, id)
}

// A health is the health of a hook in the metrics of the job.
type health struct{ delivered, dropped, errors, pending float64 }

// produced returns the number of everything that the hook had to deliver.
func (h health) produced() float64 { return h.delivered + h.dropped + h.pending }

// since returns the difference to an earlier health; pending is the current
// value.
func (h health) since(before health) health {
	return health{h.delivered - before.delivered, h.dropped - before.dropped, h.errors - before.errors, h.pending}
}

// health asks the job itself, because Prometheus may be down.
func (j job) health(ctx context.Context, hook string) (health, error) {
	body, err := fetch(ctx, http.MethodGet, j.metrics)
	if err != nil {
		return health{}, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return health{}, err
	}
	if families["chunkscope_hook_delivered_total"] == nil {
		return health{}, fmt.Errorf("%s has no metrics of hooks", j.metrics)
	}
	sum := func(name string) float64 { return sumOf(families["chunkscope_hook_"+name], hook) }
	return health{sum("delivered_total"), sum("dropped_total"), sum("errors_total"), sum("pending")}, nil
}

// sumOf adds up the series of a hook.
func sumOf(family *dto.MetricFamily, hook string) (sum float64) {
	for _, m := range family.GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() == "hook" && l.GetValue() == hook {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}
