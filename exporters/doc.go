// Package exporters sets up all of Chunkscope's exporters in one call: with
// options, or with nothing but the environment.
//
//	suite, err := exporters.FromEnv(ctx)
//	if err != nil {
//		return err
//	}
//	defer suite.Shutdown(context.Background()) // at most 8 s, and tells what was lost
//	exec.Register(suite.Hook())
//
// The order of the hooks is right: otelhook comes first, so that the others and
// your code see its spans. What would otherwise have to be wired is: durations
// in Prometheus carry the trace they belong to, as exemplars, where both are on;
// the health of every hook that reports it is exported to both; all of them tell
// their troubles to one logger; and Shutdown drains all of them side by side.
//
// # Environment
//
// [FromEnv] reads these variables. An empty one is as good as unset. A value
// that makes no sense is an error, which names the variable and never its value.
//
//	CHUNKSCOPE_PROGRESS         what standard error shows: auto (default), tty, plain, json or none
//	CHUNKSCOPE_ADDR             where to serve Prometheus metrics, as :9090
//	CHUNKSCOPE_WEB_CONFIG_FILE  TLS and passwords of that server
//	CHUNKSCOPE_PUSHGATEWAY_URL  Pushgateway to push to
//	CHUNKSCOPE_STATSD_ADDR      StatsD server, as localhost:8125
//	CHUNKSCOPE_STATSD_TAGS      how it wants tags: dogstatsd (default), influx, graphite or name
//	CHUNKSCOPE_WEBHOOK_URL      webhook of a chat or a program
//	CHUNKSCOPE_PING_URL         check of a dead-man's switch
//	CHUNKSCOPE_LOG_INTERVAL     time between two lines of progress, for WithLogger
//
// OpenTelemetry is set up by its own variables, OTEL_EXPORTER_OTLP_ENDPOINT for
// instance. docs/environment.md has all of them in full.
//
// # The server
//
// With [WithPrometheus], or CHUNKSCOPE_ADDR, the suite serves /metrics, and /healthz
// for probes, and nothing else. An address without a host is this machine
// alone. Nobody can hold it up: a request has 5 s for its headers, 16 KiB of
// them at most, and 10 s in all, an answer 30 s, an idle connection 60 s. There
// are at most 64 connections, of which the one that has been idle for longest
// makes room for a new one, and 4 scrapes at once. Only GET and HEAD are
// answered. At an address of this machine alone, requests for other hosts
// are refused, since web pages can make browsers send such.
//
// # What happens on failure
//
// New and FromEnv fail on options and variables that cannot be, and then leave
// nothing behind. A backend that is down, slow or gone is no error: the hooks
// tell the logger, count what they lose and never hold up a run; see their
// packages. Shutdown says what was lost, by hook.
package exporters
