package dashboards

import (
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// hook is the legend for series of a hook.
const hook = "{{hook}} ({{job}})" + place

// Exporters returns the board of hooks, which shows whether their reports can
// be trusted. The health of a hook belongs to a program, not to an executor.
func Exporters() (dashboard.Dashboard, error) {
	b := newBoard("chunkscope-exporters", "Chunkscope / Exporters",
		"Hooks that report runs elsewhere: what they deliver, lose and fail at. It needs promhook.WithStatsFrom.",
		variable("hook", "Hook", `label_values(chunkscope_hook_pending{job=~"$job"}, hook)`))
	trust(b)
	delivery(b)
	faults(b)
	return buildBoard(b)
}

func trust(b *dashboard.DashboardBuilder) {
	const unwatched = "no hook reports"
	b.WithRow(dashboard.NewRowBuilder("Can the numbers be trusted?")).
		WithPanel(number("Lost", "short",
			"What hooks dropped in the time range: this much is missing in the back ends they report to. Messages that a later one replaced (superseded) are not missing.",
			latest(hook, each("sum", counted(`chunkscope_hook_dropped_total{H,reason!="superseded"}`), "reason")+`
  or `+each("sum", `chunkscope_hook_pending{H}`)+` * 0`)). // a series appears with the first loss for its reason
			Decimals(0).
			Thresholds(steps("green", from(0.5, "red"))).
			NoValue(unwatched)).
		WithPanel(number("Failed attempts", "short",
			"Attempts at delivery that failed in the time range, also where a later one succeeded.",
			latest(hook, each("sum", counted(`chunkscope_hook_errors_total{H}`)))).
			Decimals(0).
			Thresholds(steps("green", from(0.5, "orange"))).
			NoValue(unwatched)).
		WithPanel(number("Waiting", "short",
			"What hooks have neither delivered nor given up yet.",
			latest(hook, each("sum", `chunkscope_hook_pending{H}`))).
			NoValue(unwatched)).
		WithPanel(number("Faults", "short",
			"Panics of hooks, and calls of them that took over ten seconds, in the time range. Such a hook has a bug, and may miss events.",
			latest(hook, each("sum", counted(`chunkscope_hook_faults_total{H}`), "executor")+` > 0`)).
			Decimals(0).
			Thresholds(steps("red")).
			NoValue("none"))
}

func delivery(b *dashboard.DashboardBuilder) {
	b.WithRow(dashboard.NewRowBuilder("Delivery")).
		WithPanel(lines("Delivered", "short",
			"What hooks delivered, a second: messages of webhooks, lines of StatsD.",
			series(hook, each("sum", `rate(chunkscope_hook_delivered_total{H}[$__rate_interval])`))).
			AxisLabel("per second")).
		WithPanel(lines("Failed attempts", "short",
			"Attempts at delivery that failed, a second.",
			series(hook, each("sum", `rate(chunkscope_hook_errors_total{H}[$__rate_interval])`))).
			AxisLabel("per second")).
		WithPanel(stacked(lines("Lost, by reason", "short",
			"What hooks gave up, a second. The very first loss for a reason is in the number above only.",
			series(hook+" {{reason}}", each("sum", `rate(chunkscope_hook_dropped_total{H}[$__rate_interval])`))).
			AxisLabel("per second"))).
		WithPanel(lines("Waiting", "short",
			"What hooks have neither delivered nor given up. What grows here will be lost once the queue is full.",
			series(hook, each("sum", `chunkscope_hook_pending{H}`))))
}

func faults(b *dashboard.DashboardBuilder) {
	b.WithRow(dashboard.NewRowBuilder("Programs")).
		WithPanel(columns(half, "Faults of hooks",
			"Which hook misbehaved in the time range, in runs of which executor. The program's log has the first of each run.",
			slices.Concat([]column{{"hook", "Hook", ""}, {"executor", "Executor", ""}, {"job", "Job", ""}}, placeColumns, []column{{"Value", "Faults", "short"}}),
			rows(each("sum", counted(`chunkscope_hook_faults_total{H}`))+` > 0`)).
			NoValue("none")).
		WithPanel(columns(half, "Versions",
			"Versions of Chunkscope and of Go that programs are built with, and how many targets run each.",
			[]column{{"job", "Job", ""}, {"version", "Chunkscope", ""}, {"goversion", "Go", ""}, {"Value", "Targets", "short"}},
			rows(`count by (job, version, goversion) (chunkscope_build_info{job=~"$job"})`)))
}
