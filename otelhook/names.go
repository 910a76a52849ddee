package otelhook

import (
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// ScopeName is the instrumentation scope of all spans and metrics.
const ScopeName = "github.com/chunkscope/chunkscope/otelhook"

// Version is the version of the instrumentation scope.
func Version() string { return "0.1.0" }

// The semantic conventions give their version and error.type. All other names
// are ours, as no convention covers jobs inside a process.
const (
	schemaURL    = semconv.SchemaURL
	keyErrorType = semconv.ErrorTypeKey
)

// Attributes of metrics and spans.
const (
	keyExecutor = attribute.Key("chunkscope.executor")
	keyOutcome  = attribute.Key("chunkscope.outcome")
	keyHook     = attribute.Key("chunkscope.hook")
	keyReason   = attribute.Key("chunkscope.reason")
)

// Attributes of spans only: the number of their values has no bound.
const (
	keyRunID           = attribute.Key("chunkscope.run.id")
	keyRunItems        = attribute.Key("chunkscope.run.items")
	keyRunWorkers      = attribute.Key("chunkscope.run.workers")
	keyRunItemsDone    = attribute.Key("chunkscope.run.items_done")
	keyRunItemsFailed  = attribute.Key("chunkscope.run.items_failed")
	keyRunChunks       = attribute.Key("chunkscope.run.chunks")
	keyRunChunksFailed = attribute.Key("chunkscope.run.chunks_failed")
	keySpansDropped    = attribute.Key("chunkscope.chunk.spans_dropped")

	keyChunkIndex       = attribute.Key("chunkscope.chunk.index")
	keyChunkOffset      = attribute.Key("chunkscope.chunk.offset")
	keyChunkItems       = attribute.Key("chunkscope.chunk.items")
	keyChunkItemsDone   = attribute.Key("chunkscope.chunk.items_done")
	keyChunkItemsFailed = attribute.Key("chunkscope.chunk.items_failed")
	keyChunkSlow        = attribute.Key("chunkscope.chunk.slow")
	keyChunkName        = attribute.Key("chunkscope.chunk.name")
	keyChunkAttempts    = attribute.Key("chunkscope.chunk.attempts")
	keyChunkWaited      = attribute.Key("chunkscope.chunk.waited")
	keyChunkPoison      = attribute.Key("chunkscope.chunk.poison")
	keyWorkersLost      = attribute.Key("chunkscope.remote.workers_lost")
	keyWorkerIndex      = attribute.Key("chunkscope.worker.index")
	keyWorkerRemote     = attribute.Key("chunkscope.worker.remote")
)
