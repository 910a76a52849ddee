// Package chunkctx is what core and core/remote share about the chunk of a context.
package chunkctx

import "time"

// RunKey is the key of a context's run.
type RunKey struct{}

// ChunkKey is the key of a context's chunk.
type ChunkKey struct{}

// Reporter is a chunk of this process, the value of ChunkKey in its contexts. Its
// methods are safe for concurrent use.
type Reporter interface {
	// Waiting records that nothing works on the chunk from now on.
	Waiting()
	// Started records that something works on the chunk from now on.
	Started()
	// Report adds to what is known about the work. Zero values change nothing.
	Report(Report)
}

// Report is about work on a chunk elsewhere; see remote.Result.
type Report struct {
	Worker   string
	Attempts int
	Took     time.Duration
	Lost     int
	Poison   bool
}

// Merge adds what another report knows.
func (r *Report) Merge(o Report) {
	if o.Worker != "" {
		r.Worker = o.Worker
	}
	if o.Attempts > 0 {
		r.Attempts = o.Attempts
	}
	if o.Took > 0 {
		r.Took = o.Took
	}
	r.Lost += max(0, o.Lost)
	r.Poison = r.Poison || o.Poison
}
