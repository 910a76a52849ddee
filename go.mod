module github.com/chunkscope/chunkscope

go 1.26.0

require (
	github.com/cactus/go-statsd-client/v5 v5.1.0
	go.uber.org/goleak v1.3.0
)
