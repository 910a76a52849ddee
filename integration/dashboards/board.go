package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// tag is the tag by which the boards link to each other.
const tag = "chunkscope"

// runbook is the page for a reader who sees something red.
const runbook = "https://github.com/chunkscope/chunkscope/blob/main/docs/runbook.md"

// schema is the version of the Grafana format of the boards. Newer servers
// convert them when they load them.
const schema = 41

// source is the data source that the reader of a board selects.
var source = common.DataSourceRef{Type: new("prometheus"), Uid: new("${datasource}")}

// newBoard returns a board without panels, with the variables datasource and
// job and one more.
func newBoard(uid, title, description string, more *dashboard.QueryVariableBuilder) *dashboard.DashboardBuilder {
	return dashboard.NewDashboardBuilder(title).
		Uid(uid).
		Description(description).
		Tags([]string{tag}).
		Readonly().
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Time("now-6h", "now").
		Refresh("30s").
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").
			Label("Data source").
			Type("prometheus")).
		WithVariable(variable("job", "Job", "label_values(chunkscope_build_info, job)")).
		WithVariable(more).
		Link(dashboard.NewDashboardLinkBuilder("Runbook").
			Type(dashboard.DashboardLinkTypeLink).
			Icon("doc").
			Tooltip("What an alert means and what to do").
			Url(runbook).
			TargetBlank(true)).
		Link(dashboard.NewDashboardLinkBuilder("Chunkscope").
			Type(dashboard.DashboardLinkTypeDashboards).
			Tags([]string{tag}).
			KeepTime(true).
			IncludeVars(true))
}

// variable returns a variable whose values come from a query. Readers select
// any number of them, or all.
func variable(name, label, query string) *dashboard.QueryVariableBuilder {
	all := dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}}
	return dashboard.NewQueryVariableBuilder(name).
		Label(label).
		Datasource(source).
		Query(dashboard.StringOrMap{String: &query}).
		Definition(query).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
		Sort(dashboard.VariableSortAlphabeticalAsc).
		Multi(true).
		IncludeAll(true).
		AllValue(".+").
		Current(dashboard.VariableOption{Text: dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}}, Value: all})
}

// runStarts marks the starts of runs. A gauge has the second of the start. The
// mark is shown where that lies within the last two steps, because one step may
// not contain a scrape. Unlike a change of the gauge, this also shows the first
// run of a process.
func runStarts() *dashboard.AnnotationQueryBuilder {
	const expr = `chunkscope_run_last_start_timestamp_seconds{S} > time() - 2 * $__interval_ms / 1000`
	return dashboard.NewAnnotationQueryBuilder().
		Name("Run starts").
		Datasource(source).
		IconColor("blue").
		Expr(expand(expr)). // the place where Grafana 11 looks
		Target(query(expr).RefId("Anno").Range())
}

// buildBoard builds a board and numbers its panels. It also resets what the
// builders set by default, which would hide links and annotations in a menu.
func buildBoard(b *dashboard.DashboardBuilder) (dashboard.Dashboard, error) {
	d, err := b.Build()
	if err != nil {
		return dashboard.Dashboard{}, err
	}
	d.SchemaVersion = schema
	id := uint32(0)
	number := func(p *dashboard.Panel) { id++; p.Id = new(id) }
	for _, p := range d.Panels {
		if p.Panel != nil {
			number(p.Panel)
			continue
		}
		id++
		p.RowPanel.Id = id
		for i := range p.RowPanel.Panels {
			number(&p.RowPanel.Panels[i])
		}
	}
	for i := range d.Links {
		d.Links[i].Placement = nil
	}
	for i := range d.Annotations.List {
		d.Annotations.List[i].Placement = nil
	}
	return d, nil
}
