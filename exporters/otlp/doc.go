// Package otlp links OpenTelemetry's exporters into a program and registers them
// with package exporters. Import it for that effect alone, as a driver of
// database/sql:
//
//	import _ "github.com/chunkscope/chunkscope/exporters/otlp"
//
// With it, exporters.WithOTel and the variables that exporters.FromEnv reads send
// spans and metrics. Package exporters itself links neither gRPC nor the protocol
// buffers of OTLP, so a program without this import is smaller and builds sooner.
//
// The variables choose among the exporters of OpenTelemetry's package autoexport:
// OTLP over HTTP, which is the default, OTLP over gRPC, the console, and a server
// for Prometheus. Exporters that a program registers with that package have their
// names, too. docs/environment.md describes the variables, and
// docs/opentelemetry.md the spans and metrics.
//
// Nothing here fails by itself: a variable that makes no sense is a warning of
// package exporters, and the job runs.
package otlp
