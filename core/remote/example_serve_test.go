package remote_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
)

var wordsRead = core.NewCounter("words_read", "words", "Words that were counted.")

// A chunk and its answer, as they travel.
type (
	request struct {
		Info  core.ChunkInfo
		Words []string
	}
	answer struct {
		Lengths  []int
		Took     time.Duration
		Counters map[string]int64
	}
)

// lengths is the work on a chunk. It does not know where it runs.
func lengths(ctx context.Context, words []string) ([]int, error) {
	out := make([]int, len(words))
	for i, w := range words {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		out[i] = len(w)
		wordsRead.Add(ctx, 1)
		core.ReportProgress(ctx, i+1)
	}
	return out, nil
}

// serveChunk does a chunk of a run in another process.
func serveChunk(w http.ResponseWriter, r *http.Request) {
	var q request
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var mu sync.Mutex
	a := answer{Counters: map[string]int64{}}
	ctx := remote.Serve(r.Context(), remote.Served{Info: q.Info, Counters: func(name string, n int64) {
		mu.Lock()
		defer mu.Unlock()
		a.Counters[name] += n
	}})
	began := time.Now()
	var err error
	if a.Lengths, err = lengths(ctx, q.Words); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	a.Took = time.Since(began)
	_ = json.NewEncoder(w).Encode(a)
}

// callHost returns a chunk function that lets a host do the work.
func callHost(url string) func(context.Context, []string) ([]int, error) {
	return func(ctx context.Context, words []string) ([]int, error) {
		info, _ := core.ChunkFrom(ctx)
		body, err := json.Marshal(request{info, words})
		if err != nil {
			return nil, err
		}
		q, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		remote.Waiting(ctx)
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			return nil, err
		}
		defer func() { _ = r.Body.Close() }()
		var a answer
		if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
			return nil, fmt.Errorf("the host answered %s: %w", r.Status, err)
		}
		for _, c := range core.Counters() { // those of an attempt that failed do not count
			c.Add(ctx, a.Counters[c.Name()])
		}
		remote.Report(ctx, remote.Result{Worker: "host-7", Took: a.Took})
		return a.Lengths, nil
	}
}

// How to let another host do the chunks, over HTTP. Progress could travel in lines of the
// answer; here it stays there.
func ExampleServe() {
	host := httptest.NewServer(http.HandlerFunc(serveChunk))
	defer host.Close()
	defer http.DefaultClient.CloseIdleConnections()

	exec := core.NewExecutor(core.WithName("count"), core.WithChunkSize(2))
	exec.Register(core.OnRunEnd(func(e core.RunEnd) {
		fmt.Println(e.Outcome, e.ItemsDone, "items,", e.Custom[0].Value, e.Custom[0].Unit)
	}))
	out, err := core.MapChunks(context.Background(), exec, []string{"one", "three", "seven"}, callHost(host.URL))
	fmt.Println(out, err)
	// Output:
	// ok 3 items, 3 words
	// [3 5 5] <nil>
}
