// Package ledger has the counts that the job of the docker example keeps
// itself, without any exporter. Tests compare them with the back ends.
package ledger

import "time"

// A Ledger has the counts of the job.
type Ledger struct {
	Active bool             `json:"active"` // a run is active
	Now    Entry            `json:"now"`    // the active run so far
	Runs   []Entry          `json:"runs"`   // ended runs, oldest first
	Totals map[string]Count `json:"totals"` // totals of all runs, by outcome
}

// An Entry is one run.
type Entry struct {
	ID      string    `json:"id"`
	Input   string    `json:"input"` // its input: sound or broken
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Outcome string    `json:"outcome"`
	Items   int       `json:"items"`  // finished, failed ones included
	Failed  int       `json:"failed"` // items
	Chunks  int       `json:"chunks"`
	Bytes   int       `json:"bytes"` // compressed size
}

// A Count has the numbers of what ended with one outcome.
type Count struct {
	Runs   int `json:"runs"`
	Chunks int `json:"chunks"`
	Items  int `json:"items"`
}

// Plus returns the sum of both.
func (c Count) Plus(d Count) Count {
	return Count{c.Runs + d.Runs, c.Chunks + d.Chunks, c.Items + d.Items}
}
