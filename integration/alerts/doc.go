// Package alerts has Prometheus rules for the metrics of promhook, and their
// tests. Jobs run on a fake clock and are scraped, and the rules package of
// Prometheus decides when each alert fires.
//
// rules.yml is written by hand. This command writes prometheusrule.yaml, the
// same rules for the Prometheus operator, and the table in README.md:
//
//	GOWORK=off go -C integration test ./alerts -update
package alerts
