package dashboards_test

import (
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"

	"github.com/chunkscope/chunkscope/integration/dashboards"
)

// kinds are the kinds of panels whose fields the strict decoding knows.
var kinds = []string{"stat", "bargauge", "table", "heatmap", "timeseries"}

func init() {
	r := cog.NewRuntime()
	r.RegisterPanelcfgVariant(stat.VariantConfig())
	r.RegisterPanelcfgVariant(bargauge.VariantConfig())
	r.RegisterPanelcfgVariant(table.VariantConfig())
	r.RegisterPanelcfgVariant(heatmap.VariantConfig())
	r.RegisterPanelcfgVariant(timeseries.VariantConfig())
	r.RegisterDataqueryVariant(prometheus.VariantConfig())
}

// board is a board with its file.
type board struct {
	file string
	dashboard.Dashboard
}

func boards(t *testing.T) []board {
	t.Helper()
	overview, err := dashboards.Overview()
	if err != nil {
		t.Fatal(err)
	}
	exporters, err := dashboards.Exporters()
	if err != nil {
		t.Fatal(err)
	}
	return []board{{"overview.json", overview}, {"exporters.json", exporters}}
}

// panel is a panel with the title of its row.
type panel struct {
	row string
	dashboard.Panel
}

// panels returns the panels of all rows, in order.
func (b board) panels() (all []panel) {
	row := ""
	for _, p := range b.Panels {
		if p.Panel != nil {
			all = append(all, panel{row, *p.Panel})
			continue
		}
		row = *p.RowPanel.Title
		for _, inner := range p.RowPanel.Panels {
			all = append(all, panel{row, inner})
		}
	}
	return all
}

// queries returns the queries of a panel.
func (p panel) queries(t *testing.T) (all []prometheus.Dataquery) {
	t.Helper()
	for _, target := range p.Targets {
		q, ok := target.(prometheus.Dataquery)
		if !ok {
			t.Fatalf("%s: a query of type %T", *p.Title, target)
		}
		all = append(all, q)
	}
	return all
}
