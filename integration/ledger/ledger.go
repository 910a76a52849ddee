// Package ledger is what the job of the docker example tells about itself: what
// it counted without any exporter, for comparing it with what the back ends have.
package ledger

import "time"

// A Ledger is what the job counted itself, without any exporter.
type Ledger struct {
	Active bool             `json:"active"` // a run goes on
	Now    Entry            `json:"now"`    // what is known of it
	Runs   []Entry          `json:"runs"`   // that ended, oldest first
	Totals map[string]Count `json:"totals"` // of all runs, by outcome
}

// An Entry is one run.
type Entry struct {
	ID      string    `json:"id"`
	Input   string    `json:"input"` // what it reads: sound or broken
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Outcome string    `json:"outcome"`
	Items   int       `json:"items"`  // finished, failed ones included
	Failed  int       `json:"failed"` // items
	Chunks  int       `json:"chunks"`
	Bytes   int       `json:"bytes"` // that came out
}

// A Count counts what ended with one outcome.
type Count struct {
	Runs   int `json:"runs"`
	Chunks int `json:"chunks"`
	Items  int `json:"items"`
}

// Plus returns the sum of both.
func (c Count) Plus(d Count) Count {
	return Count{c.Runs + d.Runs, c.Chunks + d.Chunks, c.Items + d.Items}
}
