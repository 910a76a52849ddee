package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/chunkscope/chunkscope/integration/ledger"
)

// jaeger is a client of the HTTP API that the pages of Jaeger use.
type jaeger struct{ url string }

// A span is a span in the JSON of Jaeger.
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
	outcome, items, failed string // from the span of the run; empty if there is none
	chunks                 int    // chunks with a span, plus those that the span of the run counts as dropped
}

// trace returns the trace of a run.
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

// spans returns the spans of all traces that a search finds, or of the trace
// with an id.
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

// checkTrace returns an error unless the trace with an id belongs to the job.
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

// compareRun returns an error unless the trace of a run agrees with the ledger.
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
