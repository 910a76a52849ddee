// Package dashboards builds the Grafana boards for the metrics of promhook:
// overview.json, of runs, and exporters.json, of the hooks that send data
// elsewhere. Code builds them, so that all panels follow the same conventions.
// The files are in git, so that Grafana can import them.
//
// docs/dashboards.md describes how to import and read them. After a change here
//
//	go generate ./dashboards
//
// writes the files and the table of queries in that page.
package dashboards

//go:generate go test . -run "^(TestFiles|TestPageHasTheQueries)$" -update
