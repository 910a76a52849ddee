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

// inputAttr is an attribute of a run, in traces and messages. It names the
// input.
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
	requests chan string // inputs of requested runs
}

func newJob(root fs.FS, workers int, hooks ...core.Hook) *job {
	j := &job{
		root:     root,
		recorder: newRecorder(),
		// Chunks last a fifth of a second. A run then has a few hundred, and
		// its trace stays readable.
		executor: core.NewExecutor(core.WithName("compress"), core.WithWorkers(workers), core.WithContinueOnError(),
			core.WithTargetChunkDuration(200*time.Millisecond)),
		requests: make(chan string, 1),
	}
	j.executor.Register(hooks...) // first, so that the ledger never counts what the hooks have not seen
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

// loop runs the job until ctx is done: at the start, after each pause, and on
// request. Every brokenEvery-th run reads the broken input. Without a pause it
// runs only on request.
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

// handler serves the ledger and takes requests for runs.
func (j *job) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ledger", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		_ = e.Encode(j.recorder.read()) // fails only if the client is gone
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
