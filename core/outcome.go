package core

// Outcome is how a run, a chunk or an item ended. The zero value is invalid: every
// event with an Outcome has one of the five below. The numbers have no meaning;
// Failed divides failures from the rest.
//
// A run's outcome is OutcomePanic if user code panicked anywhere. Else it is what
// stopped the run: OutcomeError for the first failure of a run that does not go on
// after failures, or for the one that passed a limit of WithMaxFailedItems or
// WithMaxFailedRatio; OutcomeCanceled for the end of its context, also if items had
// failed before. A run that went through everything is OutcomeOK if no item failed,
// OutcomePartial if the limits tolerate that some did, and else OutcomeError.
type Outcome uint8

const (
	// OutcomeOK means that everything was processed.
	OutcomeOK Outcome = iota + 1
	// OutcomePartial means that everything was processed, and no more items failed
	// than the run tolerates. Only runs have it. It is a success.
	OutcomePartial
	// OutcomeCanceled means that work was left undone: the context ended, the
	// consumer of a stream stopped or, for a chunk, another item failed first.
	OutcomeCanceled
	// OutcomeError means that user code returned an error.
	OutcomeError
	// OutcomePanic means that user code panicked or called runtime.Goexit.
	OutcomePanic
)

// Failed reports whether o is OutcomeError or OutcomePanic. OutcomePartial is no
// failure: the failures of such a run are tolerated.
func (o Outcome) Failed() bool { return o == OutcomeError || o == OutcomePanic }

// String returns "ok", "partial", "canceled", "error" or "panic": the value of the
// outcome label in every back end.
func (o Outcome) String() string {
	switch o {
	case OutcomeOK:
		return "ok"
	case OutcomePartial:
		return "partial"
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
