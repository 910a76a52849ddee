package itemname_test

import (
	"context"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/itemname"
)

// TestOnlySlowChunksAreNamed checks that the user's function is not called for others.
func TestOnlySlowChunksAreNamed(t *testing.T) {
	calls := 0
	exec := core.NewExecutor(core.WithItemName(func(int) string { calls++; return "a.csv" }))
	_ = core.ForEach(t.Context(), exec, []int{1}, func(ctx context.Context, _ int) error {
		if name := itemname.OfSlow(ctx, time.Second-1); name != "" || calls != 0 {
			t.Errorf("a fast chunk is named %q", name)
		}
		if name := itemname.OfSlow(ctx, time.Second); name != "a.csv" || calls != 1 {
			t.Errorf("a slow chunk is named %q", name)
		}
		return nil
	})
	if got := itemname.Clean("a\x1b\nb"); got != "a b" {
		t.Errorf("cleaned: %q", got)
	}
}
