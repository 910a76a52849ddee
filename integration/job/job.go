package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// What a run reads: an attribute of it, in traces and messages.
const (
	inputAttr   = "input"
	inputValid  = "sound"  // the library
	inputBroken = "broken" // the library and its testdata
)

// job runs again and again.
type job struct {
	root     fs.FS
	executor *core.Executor
	recorder *recorder
	requests chan string // inputs of runs that somebody wants now
}

func newJob(root fs.FS, workers int, hooks ...core.Hook) *job {
	j := &job{
		root:     root,
		recorder: newRecorder(),
		// Chunks of a fifth of a second: a few hundred a run, so that a trace
		// can be looked at.
		executor: core.NewExecutor(core.WithName("compress"), core.WithWorkers(workers), core.WithContinueOnError(),
			core.WithTargetChunkDuration(200*time.Millisecond)),
		requests: make(chan string, 1),
	}
	j.executor.Register(hooks...) // first, so that the ledger has nothing that they may still miss
	j.executor.Register(j.recorder)
	return j
}

// run is one run over the input.
func (j *job) run(ctx context.Context, input string) error {
	names, err := list(j.root, input == inputBroken)
	if err != nil {
		return err
	}
	ctx = core.WithRun(ctx, core.RunInfo{Attrs: map[string]string{inputAttr: input}})
	return core.ForEach(ctx, j.executor, names, func(_ context.Context, name string) error {
		size, err := compress(j.root, name)
		j.recorder.item(size, err)
		return err
	})
}

// loop runs until ctx is done: at once and after each pause, each
// brokenEvery-th time over the broken input; and whenever it is asked. Without
// a pause it only runs when asked.
func (j *job) loop(ctx context.Context, pause time.Duration, brokenEvery int) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	if pause == 0 {
		timer.Stop()
	}
	for n := 0; ; {
		input := inputValid
		select {
		case <-ctx.Done():
			return
		case input = <-j.requests:
		case <-timer.C:
			if n++; brokenEvery > 0 && n%brokenEvery == 0 {
				input = inputBroken
			}
		}
		if err := j.run(ctx, input); err != nil {
			slog.Warn("a run failed", "input", input, "error", err.Error())
		}
		if pause > 0 {
			timer.Reset(pause)
		}
	}
}

// handler serves the ledger, and takes wishes for runs.
func (j *job) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ledger", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		_ = e.Encode(j.recorder.read()) // whoever asked is gone
	})
	mux.HandleFunc("POST /run", func(w http.ResponseWriter, r *http.Request) {
		input := inputValid
		if r.URL.Query().Get("broken") == "true" {
			input = inputBroken
		}
		select {
		case j.requests <- input:
			w.WriteHeader(http.StatusAccepted)
		default:
			http.Error(w, "a run waits already", http.StatusConflict)
		}
	})
	return mux
}
