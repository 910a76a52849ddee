package dashboards

import (
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// executor is the legend for series of an executor. Labels that a series lacks are
// empty in it.
const executor = "{{executor}} ({{job}})" + place

// place is where a series comes from, in a legend.
const place = " {{cluster}} {{namespace}} {{instance}} {{process}}"

// placeColumns are the columns of a table for the same.
var placeColumns = []column{
	{"cluster", "Cluster", ""},
	{"namespace", "Namespace", ""},
	{"instance", "Instance", ""},
	{"process", "Process", ""},
}

// Overview returns the board of runs: which ones are active, their progress and
// speed, what is stuck and what fails.
func Overview() (dashboard.Dashboard, error) {
	b := newBoard("chunkscope-overview", "Chunkscope / Overview",
		"Runs of chunked parallel work: alive, how far, how fast, when done, which chunk is slow, what failed.",
		variable("executor", "Executor", `label_values(chunkscope_runs_active{job=~"$job"}, executor)`)).
		Annotation(runStarts())
	now(b)
	throughput(b)
	chunks(b)
	workers(b)
	runs(b)
	failures(b)
	native(b)
	return buildBoard(b)
}

func now(b *dashboard.DashboardBuilder) {
	b.WithRow(dashboard.NewRowBuilder("Now")).
		WithPanel(number("Active runs", "short",
			"Runs that have started and not ended. 0: everything is idle. No data: no target has run anything, or none answers.",
			latest("", `sum(chunkscope_runs_active{S})`))).
		WithPanel(bars("Progress",
			"Share of the items that is done, failed ones included, of all active runs of an executor whose total is known.",
			latest(executor, each("sum", `chunkscope_progress_ratio{S} * chunkscope_items_expected{S}`)+`
  / (`+each("sum", `chunkscope_items_expected{S}`)+` > 0)`)).
			NoValue("idle, or totals unknown")).
		WithPanel(number("Time left", "s",
			"Until the last of the active runs is expected to end, of those with an estimate.",
			latest(executor, `clamp_min(`+each("max", `chunkscope_run_estimated_completion_timestamp_seconds{S} > 0`)+` - time(), 0)`)).
			NoValue("idle, or unknown")).
		WithPanel(number("Oldest chunk", "s",
			"How long the chunk that has been worked on longest has taken so far. Compare with the durations below: far above them, it hangs.",
			latest(executor, `clamp_min(time() - `+each("min", `chunkscope_oldest_chunk_start_timestamp_seconds{S} > 0`)+`, 0)`)).
			NoValue("none")).
		WithPanel(number("Failed items", "short",
			"Items that failed in the time range, by error or panic.",
			latest(executor, each("sum", counted(`chunkscope_items_total{S,outcome=~"error|panic"}`), "outcome")+` > 0`)).
			Decimals(0).
			Thresholds(steps("red")).
			NoValue("none"))
}

func throughput(b *dashboard.DashboardBuilder) {
	b.WithRow(dashboard.NewRowBuilder("Throughput")).
		WithPanel(stacked(lines("Items", "short",
			"Items a second, by outcome. Items that succeed count when their chunk ends, so that chunks longer than a few scrapes make peaks.",
			series(executor+" {{outcome}}", each("sum", `rate(chunkscope_items_total{S}[$__rate_interval])`))).
			AxisLabel("items/s"))).
		WithPanel(lines("Failed share", "percentunit",
			"Share of the items finished within ten minutes or more that failed. Failures count at once, successes when their chunk ends: "+
				"with chunks of several minutes it is too high at first.",
			series(executor, each("sum", `rate(chunkscope_items_total{S,outcome=~"error|panic"}[$__rate_interval])`, "outcome")+`
  / (`+each("sum", `rate(chunkscope_items_total{S}[$__rate_interval])`, "outcome")+` > 0)`).
				Interval("150s")). // $__rate_interval is at least four of them
			Max(1))
}

func chunks(b *dashboard.DashboardBuilder) {
	b.WithRow(dashboard.NewRowBuilder("Chunks")).
		WithPanel(durations("Chunk durations",
			"How many chunks took how long. It adds up the selected executors: select one where they differ.",
			cells("{{le}}", `sum by (le) (increase(chunkscope_chunk_duration_seconds_bucket{S}[$__rate_interval]))`))).
		WithPanel(lines("Chunk duration", "s",
			"Half of the chunks took less than p50, 99 of 100 less than p99. Both lie between two bounds that are three times apart: see native histograms.",
			series(executor+" p50", `histogram_quantile(0.5, `+each("sum", `rate(chunkscope_chunk_duration_seconds_bucket{S}[$__rate_interval])`)+`)`),
			series(executor+" p99", `histogram_quantile(0.99, `+each("sum", `rate(chunkscope_chunk_duration_seconds_bucket{S}[$__rate_interval])`)+`)`).
				Exemplar(true))).
		WithPanel(stacked(lines("Chunks", "short",
			"Chunks that ended, a second, by outcome.",
			series(executor+" {{outcome}}", each("sum", `rate(chunkscope_chunks_total{S}[$__rate_interval])`))).
			AxisLabel("chunks/s"))).
		WithPanel(lines("Chunk size", "short",
			"Mean length of the chunks that ended. Executors that size chunks by time grow them until one lasts the target duration.",
			series(executor, each("sum", `rate(chunkscope_chunk_size_items_sum{S}[$__rate_interval])`)+`
  / (`+each("sum", `rate(chunkscope_chunk_size_items_count{S}[$__rate_interval])`)+` > 0)`)).
			AxisLabel("items"))
}

func workers(b *dashboard.DashboardBuilder) {
	b.WithRow(dashboard.NewRowBuilder("Workers")).
		WithPanel(lines("Workers", "short",
			"Chunks that are being worked on, and how many may be at once. A gap that lasts is workers without work; one at the end of a "+
				"run is a straggler. Loops of the program's own (Executor.Start) have no limit: 0.",
			series(executor+" busy", each("sum", `chunkscope_chunks_active{S}`)),
			series(executor+" limit", each("sum", `chunkscope_workers{S}`))).
			OverrideByQuery("B", []dashboard.DynamicConfigValue{
				{Id: "custom.fillOpacity", Value: 0},
				{Id: "custom.lineStyle", Value: map[string]any{"fill": "dash", "dash": []int{10, 10}}},
			})).
		WithPanel(lines("Utilisation", "percentunit",
			"Share of the workers that were busy while runs were active, as scrapes saw them.",
			series(executor, each("sum", `avg_over_time(chunkscope_chunks_active{S}[$__rate_interval])`)+`
  / (`+each("sum", `avg_over_time(chunkscope_workers{S}[$__rate_interval])`)+` > 0)`)))
}

func runs(b *dashboard.DashboardBuilder) {
	lastEnd := each("max", `max_over_time(chunkscope_run_last_completion_timestamp_seconds{S}[8d])`)
	lastSuccess := each("max", `max_over_time(chunkscope_run_last_success_timestamp_seconds{S}[8d])`)
	ended := func(outcome string) string {
		return each("sum", counted(`chunkscope_runs_total{S,outcome="`+outcome+`"}`), "outcome")
	}
	b.WithRow(dashboard.NewRowBuilder("Runs")).
		WithPanel(columns(size{24, 7}, "Executors",
			"One line for each executor that was scraped within eight days. The last five columns count runs that ended in the time range, "+
				"as far as a scrape saw them end.",
			slices.Concat([]column{{"executor", "Executor", ""}, {"job", "Job", ""}}, placeColumns, []column{
				{"Value #A", "Active", "short"},
				{"Value #B", "Running for", "s"},
				{"Value #C", "Last start", "dateTimeFromNow"},
				{"Value #D", "Last end", "dateTimeFromNow"},
				{"Value #E", "Last success", "dateTimeFromNow"},
				{"Value #F", "Took", "s"},
				{"Value #G", "ok", "short"},
				{"Value #H", "partial", "short"},
				{"Value #I", "error", "short"},
				{"Value #J", "panic", "short"},
				{"Value #K", "canceled", "short"},
			}),
			rows(each("sum", `chunkscope_runs_active{S}`)),
			rows(`clamp_min(time() - `+each("min", `chunkscope_oldest_run_start_timestamp_seconds{S} > 0`)+`, 0)`),
			rows(each("max", `max_over_time(chunkscope_run_last_start_timestamp_seconds{S}[8d]) > 0`)+` * 1000`),
			rows(`(`+lastEnd+` > 0) * 1000`),
			rows(`(`+lastSuccess+` > 0) * 1000`),
			rows(each("max", `last_over_time(chunkscope_run_last_duration_seconds{S}[8d])
    and last_over_time(chunkscope_run_last_completion_timestamp_seconds{S}[8d])
    == ignoring ($pod) group_left () max without ($pod) (max_over_time(chunkscope_run_last_completion_timestamp_seconds{S}[8d])) > 0`)),
			rows(ended("ok")),
			rows(ended("partial")),
			rows(ended("error")),
			rows(ended("panic")),
			rows(ended("canceled")))).
		WithPanel(number("Last success", "s",
			"How long ago a run of the executor ended well.",
			latest(executor, `time() - (`+lastSuccess+` > 0)`)).
			Height(half.height).
			NoValue("none in eight days")).
		WithPanel(number("Last run not ok", "s",
			"Executors whose last run failed or was cancelled, and how long ago that was. The next run that ends well clears it.",
			latest(executor, `time() - (`+lastEnd+` > `+lastSuccess+`)`)).
			Height(half.height).
			Thresholds(steps("red")).
			NoValue("none")).
		WithPanel(number("Late", "s",
			"Executors without a success for two cycles, or since their first start if there was none, and for how long. A cycle is the interval "+
				"that the program states (promhook.WithExpectedInterval), and the longest run.",
			latest(executor, `time() - (`+lastSuccess+` > 0
    or `+each("min", `min_over_time(chunkscope_run_last_start_timestamp_seconds{S}[8d])`)+` > 0)
  > 2 * (`+each("max", `last_over_time(chunkscope_run_expected_interval_seconds{S}[8d])`)+`
    + `+each("max", `max_over_time(chunkscope_run_last_duration_seconds{S}[8d])`)+`)`)).
			Height(half.height).
			Thresholds(steps("red")).
			NoValue("none")).
		WithPanel(lines("Last duration", "s",
			"How long the run that ended last took, tonight and before.",
			series(executor, each("max", `chunkscope_run_last_duration_seconds{S} > 0`))).
			LineInterpolation(common.LineInterpolationStepAfter))
}

func failures(b *dashboard.DashboardBuilder) {
	b.WithRow(dashboard.NewRowBuilder("Errors")).
		WithPanel(columns(half, "Errors by type",
			"The ten commonest types of errors in the time range. Failures of items, of whole chunks, and of runs beside them.",
			slices.Concat([]column{{"type", "Type", ""}, {"executor", "Executor", ""}, {"job", "Job", ""}}, placeColumns, []column{{"Value", "Errors", "short"}}),
			rows(`topk(10, `+each("sum", counted(`chunkscope_errors_total{S}`))+` > 0)`)).
			NoValue("none")).
		WithPanel(stacked(lines("Errors", "short",
			"Errors a second, by type. The very first of a type is in the table only: a counter that appears with a value shows no rate.",
			series(executor+" {{type}}", each("sum", `rate(chunkscope_errors_total{S}[$__rate_interval])`)+` > 0`)).
			AxisLabel("errors/s").
			NoValue("none")))
}

// native is a row that is collapsed at first, so it sends no queries to servers
// without native histograms.
func native(b *dashboard.DashboardBuilder) {
	b.WithRow(dashboard.NewRowBuilder("Native histograms").
		Collapsed(true).
		WithPanel(durations("Chunk durations, native",
			"As above, in steps of a tenth. It needs promhook.WithNativeHistograms, and a server that ingests them.",
			cells("", `sum(increase(chunkscope_chunk_duration_seconds{S}[$__rate_interval]))`))).
		WithPanel(lines("Chunk duration, native", "s",
			"As above, to within a tenth.",
			series(executor+" p50", `histogram_quantile(0.5, `+each("sum", `rate(chunkscope_chunk_duration_seconds{S}[$__rate_interval])`)+`)`),
			series(executor+" p99", `histogram_quantile(0.99, `+each("sum", `rate(chunkscope_chunk_duration_seconds{S}[$__rate_interval])`)+`)`))))
}
