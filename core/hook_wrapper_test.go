package core_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// userWrapper wraps a hook, as a user's wrapper may, and overrides one moment.
type userWrapper struct {
	core.Hook
	ends int
}

func (s *userWrapper) Unwrap() core.Hook                         { return s.Hook }
func (s *userWrapper) OnChunkEnd(context.Context, core.ChunkEnd) { s.ends++ }

func TestUserWrapper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := hooktest.NewRecorder()
		s := &userWrapper{Hook: rec}
		mapItems(t, core.Every(350*tick, s), 100, 9700*time.Microsecond)
		if inner := len(hooktest.Of[core.ChunkEnd](rec)); s.ends != 100 || inner != 0 {
			t.Errorf("the wrapper got %d chunk ends, the hook in it %d; want 100 and 0", s.ends, inner)
		}
		if starts := len(hooktest.Of[core.ChunkStart](rec)); starts != 100 {
			t.Errorf("the hook in the wrapper got %d chunk starts, want 100", starts)
		}
		checkEqual(t, "the hook in the wrapper was called at", progressValues(rec, elapsed), atMilliseconds(100, 500, 900, 970))
	})
}

// TestUserWrapperKeepsLimits wraps hooks of Every, Filter and MultiHook.
func TestUserWrapperKeepsLimits(t *testing.T) {
	t.Run("Every", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			mapItems(t, &userWrapper{Hook: core.Every(350*tick, rec)}, 100, 9700*time.Microsecond)
			checkEqual(t, "called at", progressValues(rec, elapsed), atMilliseconds(100, 500, 900, 970))
		})
	})
	t.Run("Filter", func(t *testing.T) {
		rec := hooktest.NewRecorder()
		s := &userWrapper{Hook: core.Filter(rec, func(core.RunStart) bool { return false })}
		mapItems(t, s, 3, 0)
		if events := rec.Events(); len(events)+s.ends > 0 {
			t.Errorf("a filtered hook got %d events, and its wrapper %d chunk ends; want none", len(events), s.ends)
		}
	})
	t.Run("MultiHook", func(t *testing.T) { // has no single position in the order
		if panicOf(func() { core.NewExecutor().Register(&userWrapper{Hook: core.MultiHook(hooktest.NewRecorder())}) }) == nil {
			t.Error("Register does not panic")
		}
	})
}
