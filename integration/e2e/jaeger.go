package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

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
	chunks                 int    // those that have a span, and those that the run's span says have none
}

// trace looks a run up.
func (j jaeger) trace(ctx context.Context, id string) (trace, error) {
	spans, err := j.spans(ctx, "?"+url.Values{
		"service": {"compress"}, "limit": {"5"}, "tags": {fmt.Sprintf(`{"chunkscope.run.id":%q}`, id)},
	}.Encode())
	if err != nil {
		return trace{}, err
	}
	var t trace
	for _, s := range spans {
		if s.tag("chunkscope.run.id") != id {
			continue
		}
		switch s.OperationName {
		case "run compress":
			t.outcome, t.items, t.failed = s.tag("chunkscope.outcome"), s.tag("chunkscope.run.items_done"), s.tag("chunkscope.run.items_failed")
			without, _ := strconv.Atoi(s.tag("chunkscope.chunk.spans_dropped")) // of more than 1,000
			t.chunks += without
		case "chunk compress":
			t.chunks++
		}
	}
	return t, nil
}

// spans returns those of all traces that a search finds, or of the one with an id.
func (j jaeger) spans(ctx context.Context, which string) ([]span, error) {
	var answer struct{ Data []struct{ Spans []span } }
	if err := get(ctx, j.url+"/api/traces"+which, &answer); err != nil {
		return nil, err
	}
	var spans []span
	for _, d := range answer.Data {
		spans = append(spans, d.Spans...)
	}
	return spans, nil
}

// linked is nil if the trace with an id is one of the job's.
func (j jaeger) checkTrace(ctx context.Context, id string) error {
	spans, err := j.spans(ctx, "/"+url.PathEscape(id))
	if err != nil {
		return err
	}
	for _, s := range spans {
		if s.OperationName == "chunk compress" {
			return nil
		}
	}
	return fmt.Errorf("jaeger: none of the %d spans of trace %s is a chunk's", len(spans), id)
}

// agrees is nil if the trace of a run says what the ledger has.
func (j jaeger) compareRun(ctx context.Context, e ledger.Entry) error {
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
