package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// builder has the methods that the builders of all kinds of panels share.
type builder[B any] interface {
	cog.Builder[dashboard.Panel]
	Title(string) B
	Unit(string) B
	Description(string) B
	Datasource(common.DataSourceRef) B
	Span(uint32) B
	Height(uint32) B
	WithTarget(cog.Builder[variants.Dataquery]) B
}

// size is the size of a panel on a grid that is 24 wide.
type size struct{ width, height uint32 }

var (
	small = size{4, 5}
	half  = size{12, 8}
)

// fill sets what every panel needs, and names its queries A, B, C.
func fill[B builder[B]](b B, s size, title, unit, description string, queries []*prometheus.DataqueryBuilder) B {
	b.Title(title).Unit(unit).Description(description).Datasource(source).Span(s.width).Height(s.height)
	for i, q := range queries {
		b.WithTarget(q.RefId(string(rune('A' + i))))
	}
	return b
}

// number shows the latest value of each series.
func number(title, unit, description string, queries ...*prometheus.DataqueryBuilder) *stat.PanelBuilder {
	return fill(stat.NewPanelBuilder(), small, title, unit, description, queries).
		GraphMode(common.BigValueGraphModeNone).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)).
		Thresholds(steps("blue"))
}

// bars shows the latest share of each series.
func bars(title, description string, queries ...*prometheus.DataqueryBuilder) *bargauge.PanelBuilder {
	return fill(bargauge.NewPanelBuilder(), size{8, 5}, title, "percentunit", description, queries).
		Min(0).Max(1).
		Orientation(common.VizOrientationHorizontal).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).
		Thresholds(steps("blue"))
}

// lines shows series over time.
func lines(title, unit, description string, queries ...*prometheus.DataqueryBuilder) *timeseries.PanelBuilder {
	return fill(timeseries.NewPanelBuilder(), half, title, unit, description, queries).
		Min(0).
		ShowPoints(common.VisibilityModeNever).
		FillOpacity(10).
		Legend(common.NewVizLegendOptionsBuilder().
			DisplayMode(common.LegendDisplayModeTable).
			Placement(common.LegendPlacementBottom).
			ShowLegend(true).
			Calcs([]string{"lastNotNull", "max"})).
		Tooltip(common.NewVizTooltipOptionsBuilder().
			Mode(common.TooltipDisplayModeMulti).
			Sort(common.SortOrderDescending))
}

// stacked turns lines into stacked areas.
func stacked(p *timeseries.PanelBuilder) *timeseries.PanelBuilder {
	return p.FillOpacity(40).Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal))
}

// durations shows the distribution of chunk durations over time. With steps of
// a minute or more, the columns hardly overlap.
func durations(title, description string, query *prometheus.DataqueryBuilder) *heatmap.PanelBuilder {
	return fill(heatmap.NewPanelBuilder(), half, title, "s", description, []*prometheus.DataqueryBuilder{query}).
		Interval("1m").
		YAxis(heatmap.NewYAxisConfigBuilder().Unit("s")).
		CellValues(heatmap.NewCellValuesBuilder().Unit("short")).
		Tooltip(heatmap.NewHeatmapTooltipBuilder().Mode(common.TooltipDisplayModeSingle).YHistogram(true)).
		ShowLegend()
}

// column is a field of a table: a label, or the value of a query.
type column struct{ field, title, unit string }

// columns shows one row for each combination of labels.
func columns(s size, title, description string, fields []column, queries ...*prometheus.DataqueryBuilder) *table.PanelBuilder {
	p := fill(table.NewPanelBuilder(), s, title, "short", description, queries)
	names, order := map[string]string{}, map[string]int{}
	for i, f := range fields {
		names[f.field], order[f.field] = f.title, i
		if f.unit != "" {
			p.OverrideByName(f.title, []dashboard.DynamicConfigValue{{Id: "unit", Value: f.unit}})
		}
	}
	return p.
		WithTransformation(dashboard.DataTransformerConfig{Id: "merge", Options: map[string]any{}}).
		WithTransformation(dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{
			"excludeByName": map[string]bool{"Time": true},
			"renameByName":  names,
			"indexByName":   order,
		}})
}

// steps returns a scale of colours: the first one, then others from given
// values on.
func steps(first string, more ...dashboard.Threshold) *dashboard.ThresholdsConfigBuilder {
	return dashboard.NewThresholdsConfigBuilder().
		Mode(dashboard.ThresholdsModeAbsolute).
		Steps(append([]dashboard.Threshold{{Color: first}}, more...))
}

// from returns a colour that applies from a value on.
func from(value float64, color string) dashboard.Threshold {
	return dashboard.Threshold{Value: &value, Color: color}
}
