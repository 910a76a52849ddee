package promhook

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// register registers the hook, or makes it share the metrics of one that has
// been registered before.
func (h *Hook) register(r prometheus.Registerer) {
	err := r.Register(h)
	if err == nil {
		return
	}
	var already prometheus.AlreadyRegisteredError
	if !errors.As(err, &already) {
		panic(fmt.Sprintf("promhook: cannot register %s: %v; unregister the other collector, or let this hook use "+
			"other names with promhook.WithNamespace", h.conflict(err), err))
	}
	other, ok := already.ExistingCollector.(*Hook)
	switch {
	case !ok:
		panic(fmt.Sprintf("promhook: cannot register %s and the others: a %T has the very same metrics; unregister it, or let "+
			"this hook use other names with promhook.WithNamespace", h.conflict(nil), already.ExistingCollector))
	case !h.metrics.histograms.equal(other.metrics.histograms):
		panic("promhook: a hook with other buckets or native histograms has registered the same metrics; give both " +
			"hooks the same options, or use one hook for all executors")
	}
	h.metrics = other.metrics
}

// conflict returns the first of the hook's metrics that err tells about, or
// just the first.
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

// metricName returns the name in a descriptor, which shows it as text only.
func metricName(d *prometheus.Desc) string {
	_, rest, _ := strings.Cut(d.String(), `fqName: "`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}
