package core

// Moment names the events of a run, in faults and in logs.
type Moment uint8

// The moments, in the order of a run.
const (
	MomentFilter Moment = iota + 1 // a predicate of Filter is asked about a hook
	MomentRunStart
	MomentWorkerStart
	MomentChunkStart
	MomentItemFailure
	MomentChunkEnd
	MomentProgress
	MomentAnomaly
	MomentFault
	MomentWorkerEnd
	MomentRunEnd
)

var momentNames = [...]string{
	MomentFilter:      "filter",
	MomentRunStart:    "run_start",
	MomentWorkerStart: "worker_start",
	MomentChunkStart:  "chunk_start",
	MomentItemFailure: "item_failure",
	MomentChunkEnd:    "chunk_end",
	MomentProgress:    "progress",
	MomentAnomaly:     "anomaly",
	MomentFault:       "fault",
	MomentWorkerEnd:   "worker_end",
	MomentRunEnd:      "run_end",
}

// String returns the moment in snake case, "chunk_end" for instance.
func (m Moment) String() string {
	if m == 0 || int(m) >= len(momentNames) {
		return "unknown"
	}
	return momentNames[m]
}

// MarshalText returns the same text as String. It never fails.
func (m Moment) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
