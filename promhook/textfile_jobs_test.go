package promhook_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// TestTextfilesOfTwoJobsShareNoSeries checks that every series of a file is of one
// of its executors. node_exporter scrapes all files as one target, which may have
// a series once.
func TestTextfilesOfTwoJobsShareNoSeries(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{} // by series
	for _, job := range []string{"backup", "import"} {
		hook, _ := newHook(promhook.WithNativeHistograms(), promhook.WithStatsFrom(&statsReporter{
			"statsdhook", core.HookStats{Produced: 3, Delivered: 1, Pending: 1, Errors: 2, Dropped: map[string]uint64{"queue_full": 1}},
		}))
		pusher, err := promhook.NewPusher(hook, "http://gateway.example") // adds its health
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{job, job + "/details"} {
			e := newExecutor(name, []core.Hook{hook}, core.WithContinueOnError())
			_ = core.ForEach(t.Context(), e, make([]int, 10), func(_ context.Context, i int) error {
				return errors.New("boom")
			})
			hook.OnFault(t.Context(), core.Fault{Executor: name, Hook: "statsdhook"})
		}
		path := filepath.Join(dir, job+".prom")
		if err := hook.WriteTextfile(path); err != nil {
			t.Fatal(err)
		}
		if err := pusher.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		series := 0
		for line := range strings.Lines(readFile(t, path)) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			series++
			name := line[:strings.LastIndex(line, " ")]
			if other := files[name]; other != "" {
				t.Errorf("%s and %s both have %s", other, path, name)
			}
			files[name] = path
			if !strings.Contains(name, `executor="`+job) {
				t.Errorf("%s has a series of no executor of its job: %s", path, name)
			}
		}
		if series < 100 {
			t.Errorf("%s has %d series", path, series)
		}
	}
}
