package promhook

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// register registers the hook, or lets it share the metrics of a hook that was
// registered before. It panics with an error about a conflict.
func (h *Hook) register(r prometheus.Registerer) {
	err := r.Register(h)
	if err == nil {
		return
	}
	var already prometheus.AlreadyRegisteredError
	if !errors.As(err, &already) {
		panic(fmt.Errorf("promhook: cannot register %s: %w; unregister the other collector, or let this hook use "+
			"other names with promhook.WithNamespace", h.conflict(err), err))
	}
	other, ok := already.ExistingCollector.(*Hook)
	switch {
	case !ok:
		panic(fmt.Errorf("promhook: cannot register %s and the others: a %T has the very same metrics; unregister it, or let "+
			"this hook use other names with promhook.WithNamespace", h.conflict(nil), already.ExistingCollector))
	case !h.metrics.histograms.equal(other.metrics.histograms):
		panic(errors.New("promhook: a hook with other buckets or native histograms has registered the same metrics; give both " +
			"hooks the same options, or use one hook for all executors"))
	}
	h.metrics = other.metrics
}

// conflict returns the name of the hook's first metric that err mentions, or of
// the first one if err mentions none.
func (h *Hook) conflict(err error) string {
	ch := make(chan *prometheus.Desc)
	go func() {
		h.Describe(ch)
		close(ch)
	}()
	found := ""
	for d := range ch {
		name := metricName(d)
		if found == "" || err != nil && strings.Contains(err.Error(), strconv.Quote(name)) {
			found = name
		}
	}
	return found
}

// metricName returns the name in a descriptor, which has it in its text only.
func metricName(d *prometheus.Desc) string {
	_, rest, _ := strings.Cut(d.String(), `fqName: "`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}
