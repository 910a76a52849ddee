package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/chunkscope/chunkscope/integration/ledger"
)

// jaeger is asked through the HTTP API of its own pages.
type jaeger struct{ url string }

// A span as Jaeger has it.
type span struct {
	OperationName string
	Tags          []struct {
		Key   string
		Value any
	}
}

func (s span) tag(key string) string {
	for _, t := range s.Tags {
		if t.Key == key {
			return fmt.Sprint(t.Value)
		}
	}
	return ""
}

// A trace is what Jaeger has of one run.
type trace struct {
	outcome, items, failed string // of the run's span; empty if it has none
	chunks                 int    // spans of chunks
}

// trace looks a run up.
func (j jaeger) trace(ctx context.Context, id string) (trace, error) {
	var answer struct{ Data []struct{ Spans []span } }
	err := get(ctx, j.url+"/api/traces?"+url.Values{
		"service": {"compress"}, "limit": {"5"}, "tags": {fmt.Sprintf(`{"chunkscope.run.id":%q}`, id)},
	}.Encode(), &answer)
	if err != nil {
		return trace{}, err
	}
	var t trace
	for _, d := range answer.Data {
		for _, s := range d.Spans {
			if s.tag("chunkscope.run.id") != id {
				continue
			}
			switch s.OperationName {
			case "run compress":
				t.outcome, t.items, t.failed = s.tag("chunkscope.outcome"), s.tag("chunkscope.run.items_done"), s.tag("chunkscope.run.items_failed")
			case "chunk compress":
				t.chunks++
			}
		}
	}
	return t, nil
}

// agrees is nil if the trace of a run says what the ledger has.
func (j jaeger) agrees(ctx context.Context, e ledger.Entry) error {
	got, err := j.trace(ctx, e.ID)
	if err != nil {
		return err
	}
	want := trace{e.Outcome, fmt.Sprint(e.Items), fmt.Sprint(e.Failed), e.Chunks}
	if got != want {
		return fmt.Errorf("jaeger: has %+v of run %s, the ledger %+v", got, e.ID, want)
	}
	return nil
}
