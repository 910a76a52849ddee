package core

// Outcome is how a run, a chunk or an item ended. The zero value is invalid: every
// event with an Outcome has one of the four below.
//
// The values are ordered by weight. Where several apply, as in a run of many
// chunks, the greatest one counts.
type Outcome uint8

const (
	// OutcomeOK means that everything was processed.
	OutcomeOK Outcome = iota + 1
	// OutcomeCanceled means that work was left undone because the context
	// ended, another item failed first, or the consumer of a stream stopped.
	OutcomeCanceled
	// OutcomeError means that user code returned an error.
	OutcomeError
	// OutcomePanic means that user code panicked or called runtime.Goexit.
	OutcomePanic
)

// String returns "ok", "canceled", "error" or "panic": the value of the outcome
// label in every back end.
func (o Outcome) String() string {
	switch o {
	case OutcomeOK:
		return "ok"
	case OutcomeCanceled:
		return "canceled"
	case OutcomeError:
		return "error"
	case OutcomePanic:
		return "panic"
	}
	return "unknown"
}

// MarshalText returns the same text as String, for JSON and logs. It never fails.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }
