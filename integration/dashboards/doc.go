// Package dashboards builds the Grafana boards for what promhook exports:
// overview.json, of runs, and exporters.json, of the hooks that send things
// elsewhere. They are built as code, so that all panels follow the same
// conventions, and checked in, so that Grafana can import them.
//
// docs/dashboards.md says how to import and read them. After a change here
//
//	go generate ./dashboards
//
// writes the files, and the table of queries in that page, anew.
package dashboards

//go:generate go test . -run "^(TestFiles|TestPageHasTheQueries)$" -update
