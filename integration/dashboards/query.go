package dashboards

import (
	"fmt"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// Expressions contain {S} for the series of the selected executors, and {H} for
// those of the hooks. More matchers may follow: {S,outcome="ok"}. The health of
// hooks has no label executor.
var selected = strings.NewReplacer(
	"{S", `{job=~"$job",executor=~"$executor"`,
	"{H", `{job=~"$job",hook=~"$hook"`,
)

func expand(expr string) string { return selected.Replace(expr) }

// podName matches the process of a scrape, which is empty, and the name of a pod
// that is replaced by one of another name: it ends in five characters that
// Kubernetes draws.
const podName = `|.+-[bcdf-hj-np-tv-xz24-9]{5}`

// each aggregates the series that belong to one place. Those are all pods of a
// namespace, because a pod is replaced, and otherwise a machine or the place of a
// shard. All other labels stay, except those that are dropped. In the expression,
// $pod stands for the labels that are left out of a pod's series.
func each(op, expr string, dropped ...string) string {
	var all []string
	for _, of := range []struct {
		matchers string
		pod      []string
	}{
		{`namespace!="",process=~"` + podName + `"`, []string{"instance", "pod", "process"}},
		{`namespace!="",process!~"` + podName + `"`, []string{"instance", "pod"}},
		{`namespace=""`, nil},
	} {
		selected := strings.NewReplacer("{S", "{S,"+of.matchers, "{H", "{H,"+of.matchers, "$pod", strings.Join(of.pod, ", ")).Replace(expr)
		all = append(all, fmt.Sprintf("%s without (%s) (%s)", op, strings.Join(append(of.pod, dropped...), ", "), selected))
	}
	return "(" + strings.Join(all, "\n  or ") + ")"
}

func query(expr string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().Datasource(source).Expr(expand(expr))
}

// series is a query over the time range of the board.
func series(legend, expr string) *prometheus.DataqueryBuilder {
	return query(expr).LegendFormat(legend).Range()
}

// latest is a query at the end of the time range.
func latest(legend, expr string) *prometheus.DataqueryBuilder {
	return query(expr).LegendFormat(legend).Instant()
}

// rows is a query at the end of the time range, with a row for each result.
func rows(expr string) *prometheus.DataqueryBuilder {
	return latest("", expr).Format(prometheus.PromQueryFormatTable)
}

// cells is a query of a heatmap.
func cells(legend, expr string) *prometheus.DataqueryBuilder {
	return series(legend, expr).Format(prometheus.PromQueryFormatHeatmap)
}

// counted is the growth of a counter in the time range of the board. The
// function increase ignores the first value of a new series, such as that of
// the first error of a type, or of a run that ended before the first scrape.
// Series that did not exist when the range began count with their whole value.
func counted(counter string) string {
	return "max_over_time(" + counter + "[$__range]) unless " + counter + " offset $__range or increase(" + counter + "[$__range])"
}
