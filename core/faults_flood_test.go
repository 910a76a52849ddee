package core_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// A hook that breaks in every one of many short runs is logged once a run, and with
// its stack once a minute.
func TestFaultsOfManyRunsHaveFewStacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const runs = 200
		var log bytes.Buffer
		e := core.NewExecutor(core.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		e.Register(core.OnRunEnd(func(core.RunEnd) { panic(errBoom) }))
		for range runs {
			_ = core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return nil })
			time.Sleep(time.Second)
		}
		records, stacks := strings.Count(log.String(), "a hook misbehaved"), strings.Count(log.String(), " stack=")
		if records != runs || stacks != 4 { // at 0 s, 60 s, 120 s and 180 s
			t.Errorf("%d records, %d with a stack", records, stacks)
		}
	})
}
