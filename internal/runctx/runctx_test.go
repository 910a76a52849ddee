package runctx_test

import (
	"testing"

	"github.com/chunkscope/chunkscope/internal/runctx"
)

func TestOwnersFindTheirRecords(t *testing.T) {
	first, second := new(int), new(int)
	ctx := runctx.With(runctx.With(t.Context(), first, "one"), second, "two")
	if got := runctx.From[string](ctx, first); got != "one" {
		t.Errorf("the first owner finds %q", got)
	}
	if got := runctx.From[string](ctx, second); got != "two" {
		t.Errorf("the second owner finds %q", got)
	}
	if got := runctx.From[string](ctx, new(int)); got != "" {
		t.Errorf("a stranger finds %q", got)
	}
	if got := runctx.From[int](ctx, first); got != 0 {
		t.Errorf("a record of another type is found: %d", got)
	}
}

func TestLookUpAllocatesNothing(t *testing.T) {
	owner, record := new(int), new(int)
	ctx := runctx.With(t.Context(), owner, record)
	if n := testing.AllocsPerRun(100, func() { _ = runctx.From[*int](ctx, owner) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
