// Package exporters sets up all of Chunkscope's exporters in one call: with
// options, or with nothing but the environment.
//
//	suite, err := exporters.FromEnv(ctx)
//	if err != nil {
//		return err
//	}
//	defer suite.Shutdown(context.Background()) // takes at most 8 s, and returns what was lost
//	log.SetOutput(suite.Writer()) // log lines go above the bar
//	exec.Register(suite.Hook())
//
// The suite orders the hooks: otelhook comes first, so that the others and your
// code see its spans. It connects them, too. Where Prometheus and OpenTelemetry
// are both on, durations in Prometheus carry the ids of their spans as
// exemplars. Both export the health of every hook that reports it. All hooks log
// their errors to one logger. Shutdown shuts all of them down side by side.
//
// # Environment
//
// [FromEnv] reads these variables. An empty one is treated as unset. An invalid
// value is an error, which names the variable and never shows its value.
//
//	CHUNKSCOPE_PROGRESS         what standard error shows: auto (default), tty, plain, json or none
//	CHUNKSCOPE_ADDR             where to serve Prometheus metrics, as :9090
//	CHUNKSCOPE_UI               on: the live page is served to other machines, too; off: to none
//	CHUNKSCOPE_WEB_CONFIG_FILE  TLS and passwords of that server
//	CHUNKSCOPE_PUSHGATEWAY_URL  Pushgateway to push to
//	CHUNKSCOPE_STATSD_ADDR      StatsD server, as localhost:8125
//	CHUNKSCOPE_STATSD_TAGS      its format of tags: dogstatsd (default), influx, graphite or name
//	CHUNKSCOPE_WEBHOOK_URL      webhook of a chat or a program
//	CHUNKSCOPE_WEBHOOK_FORMAT   its format: slack, mattermost, discord, teams, json or cloudevents
//	CHUNKSCOPE_PING_URL         check of a dead-man's switch
//	CHUNKSCOPE_EXPECTED_INTERVAL time from one run to the next, as 24h, for alerts
//	CHUNKSCOPE_LINKS            links in messages, as Dashboard=https://…,Runbook=https://…
//	CHUNKSCOPE_EXECUTOR         name of executors without core.WithName
//	CHUNKSCOPE_DISABLED         true switches everything off
//	CHUNKSCOPE_LOG_INTERVAL     time between two lines of progress, for WithLogger
//
// OpenTelemetry is set up by its own variables, OTEL_EXPORTER_OTLP_ENDPOINT for
// instance, in programs that link its exporters by
//
//	import _ "github.com/chunkscope/chunkscope/exporters/otlp"
//
// In others these variables cause one warning, which contains that line. A wrong one is a warning, which names it and never shows its value.
// docs/environment.md describes all variables.
//
// # The server
//
// With [WithPrometheus], or CHUNKSCOPE_ADDR, the suite serves /metrics,
// /healthz for probes, which needs no password, and the live page of package
// uihook at /debug/chunkscope/. Where other machines reach the address, the page is
// there only with [WithUI] or CHUNKSCOPE_UI=on. The server waits for an address
// that another program uses. An address without a host is for this machine alone.
// Slow and idle clients cannot block it: a request has 5 s for
// its headers, of 16 KiB at most, and 10 s in all; an answer has 30 s; a
// connection may be idle for 60 s. It has at most 64 connections, of which a new
// one replaces the one that has been idle for longest, and answers 4 scrapes at
// once. It accepts GET and HEAD only. At a loopback address it refuses requests
// for other hosts, which web pages can make browsers send.
//
// # What happens on failure
//
// New and FromEnv return an error for invalid options and variables of ours, name
// all of them, and leave nothing behind. They do not panic. A backend that is down, slow
// or gone is not an error: the hooks log it, count what they lose and never hold
// up a run; see their packages. Shutdown logs what was lost, by hook, and returns
// it. Spans count to the collector's answer, and those of runs, failed and slow
// chunks are dropped last.
package exporters
