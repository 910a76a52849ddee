// Package alerts has Prometheus rules for what promhook exports, and the tests
// that hold them: jobs run by a clock of their own, are scraped, and the rules
// package of Prometheus says when each alert fires.
//
// rules.yml is written by hand; prometheusrule.yaml, the same for the Prometheus
// operator, and the table in README.md are written by
//
//	GOWORK=off go -C integration test ./alerts -update
package alerts
