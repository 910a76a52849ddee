package webhookhook_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// typedError is an error that chooses its type in messages.
type typedError struct{ kind, text string }

func (e typedError) Error() string     { return e.text }
func (e typedError) ErrorType() string { return e.kind }

// recordMessages calls a hook with the events of several runs, whose numbers are the
// same each time, and returns its first message of each event.
func recordMessages(t *testing.T) map[webhookhook.Event]webhookhook.Message {
	t.Helper()
	messages := map[webhookhook.Event]webhookhook.Message{}
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		keep := formatFunc(func(m webhookhook.Message) (string, []byte, error) {
			m.ID, m.Host = "msg_3W5J2ZCMQPKTXBN7LY4ADROHVE", "etl-2"
			if _, ok := messages[m.Event]; !ok {
				messages[m.Event] = m
			}
			return "text/plain", []byte("x"), nil
		})
		h := e.hook(webhookhook.WithFormat(keep), webhookhook.WithMilestones(50), webhookhook.WithLinks(func(r core.RunInfo) []webhookhook.Link {
			return []webhookhook.Link{
				{Title: "Dashboard", URL: "https://grafana.example/d/chunkscope?var-executor=" + r.Executor},
				{Title: "Runbook", URL: "https://wiki.example/runbooks/" + r.Executor},
			}
		}), webhookhook.WithEvents(webhookhook.RunStarted, webhookhook.RunFailed, webhookhook.RunCanceled, webhookhook.RunRecovered,
			webhookhook.RunSucceeded, webhookhook.FirstFailure, webhookhook.RunAnomaly, webhookhook.RunProgress))
		const items, workers = 1_000_000, 8
		begin := func(id string) (context.Context, core.RunStart) {
			s := core.RunStart{
				Executor: "nightly", RunID: id, Attrs: map[string]string{"date": "1999-12-31"}, Items: items,
				Workers: workers, Started: time.Now(),
			}
			return h.OnRunStart(t.Context(), s), s
		}
		chunks := func(ctx context.Context, n int) {
			for i := range n {
				d := 20*time.Millisecond + time.Duration(i%100)*time.Millisecond
				if i == 731 {
					d = 12400 * time.Millisecond
				}
				h.OnChunkEnd(ctx, core.ChunkEnd{ChunkStart: core.ChunkStart{Chunk: i}, Duration: d})
			}
		}
		end := func(ctx context.Context, s core.RunStart, took time.Duration, done, failed int, outcome core.Outcome, err error) {
			time.Sleep(took - time.Since(s.Started))
			h.OnRunEnd(ctx, core.RunEnd{
				RunStart: s, Ended: time.Now(), Duration: took, ItemsDone: done, ItemsFailed: failed, Chunks: done / 1000,
				ChunksFailed: min(failed, done/1000), Outcome: outcome, Err: err,
			})
			time.Sleep(time.Hour)
		}
		const well = 9*time.Minute + 50*time.Second
		ctx, s := begin("5c1e")
		chunks(ctx, 1000)
		time.Sleep(well / 2)
		h.OnProgress(ctx, core.Progress{
			Items: items, ItemsDone: 502_114, Chunks: 502, Elapsed: well / 2, Throughput: 1702,
			Remaining: core.Estimate{Known: true, Expected: well / 2, Low: well / 3, High: well},
		})
		end(ctx, s, well, items, 0, core.OutcomeOK, nil)

		ctx, s = begin("7f3a")
		chunks(ctx, 640)
		timeout := typedError{"timeout", "Get \"https://api.example/orders/8113\": no answer in 30s"}
		time.Sleep(31 * time.Second)
		fail := func(n int, err error) {
			for range n {
				h.OnItemFailure(ctx, core.ItemFailure{Index: 8113, Items: 1, Outcome: core.OutcomeError, Err: &core.ItemError{Index: 8113, Err: err}})
			}
		}
		fail(2, timeout)
		time.Sleep(4 * time.Second)
		fail(36, timeout)
		h.OnProgress(ctx, core.Progress{Items: items, ItemsDone: 41_200, ItemsFailed: 38, Chunks: 41, Elapsed: 35 * time.Second, Throughput: 1177})
		time.Sleep(3 * time.Minute)
		h.OnAnomaly(ctx, core.Anomaly{
			Executor: "nightly", RunID: "7f3a", Kind: core.AnomalyStall,
			Message: "no item has ended for 2m00s; chunk 41 runs since then",
		})
		fail(252, timeout)
		fail(22, typedError{"bad_row", "row 22"})
		end(ctx, s, 12*time.Minute+4*time.Second, 640_112, 312, core.OutcomeError, timeout)

		ctx, s = begin("90bd")
		end(ctx, s, 2*time.Minute, 150_000, 0, core.OutcomeCanceled, fmt.Errorf("%w: signal: terminated", context.Canceled))
		ctx, s = begin("a6f0")
		chunks(ctx, 1000)
		end(ctx, s, 10*time.Minute+2*time.Second, items, 0, core.OutcomeOK, nil)
		checkShutdown(t, h, "")
	})
	return messages
}
