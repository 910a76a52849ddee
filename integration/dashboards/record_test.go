package dashboards_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"
	prometheus "github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/oracle/prom"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

const (
	scrapeInterval = 15 * time.Second
	recorded       = 20 * time.Minute
	restarted      = 31 * time.Minute
	protobuf       = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)

// specialName is the name of an executor with characters that are special in
// regular expressions.
const specialName = `tar+gz (a|b\c).*`

// recording is what servers scraped from three programs within 20 minutes. One of
// them has them as pods of a namespace, of which a restarted one has another name.
// The other has them on machines, with the same scrapes.
type recording struct {
	db, machines *prom.Database
	from, to     time.Time
	last         *prom.Scrape // of the first program
}

// at returns an instant, by the time since the recording began.
func (r *recording) at(d time.Duration) time.Time { return r.from.Add(d) }

var discardLogger = slog.New(slog.DiscardHandler)

// program is a target with its scrapes.
type program struct {
	job, instance string
	hook          *promhook.Hook
	scrapes       []*prom.Scrape
}

// record runs jobs on a fake clock and scrapes their programs every 15 seconds.
// Nothing happens at the instant of a scrape.
//
//	program    executor  from   to       what
//	nightly/a  import      65.5    125.5  80 items of 3 s, 4 workers: succeeds
//	nightly/a  export     185.5    188.5  fails at its first item, between two scrapes
//	nightly/a  import     305.5   1505.5  1,600 items, every tenth fails: active at the end
//	nightly/b  import     605.5    725.5  40 items of 6 s, 2 workers: succeeds
//	hourly/c   (special)    5.5     10.5  5 items of 1 s: ends before the first scrape
//	hourly/c   loop       905.5           the caller's loop with an unknown total: active at the end
//	nightly/a  export    1860             restarted: one scrape in an active run
func record(t *testing.T) *recording {
	t.Helper()
	r := &recording{db: prom.NewDatabase(t), machines: prom.NewDatabase(t)}
	var (
		programs []*program
		after    *prom.Scrape
	)
	synctest.Test(t, func(t *testing.T) {
		r.from = time.Now()
		webhook, stats := healthReporters(t)
		programs = []*program{
			{job: "nightly", instance: "a:9090", hook: promhook.New(
				promhook.WithRegisterer(nil), promhook.WithNativeHistograms(), promhook.WithStatsFrom(webhook, stats),
				promhook.WithExpectedInterval(3*time.Minute),
				promhook.WithExemplar(func(context.Context) prometheus.Labels { return prometheus.Labels{"trace_id": "7f3a"} }),
			)},
			{job: "nightly", instance: "b:9090", hook: promhook.New(promhook.WithRegisterer(nil), promhook.WithStatsFrom(droppingHook{}))},
			{job: "hourly", instance: "c:9090", hook: promhook.New(promhook.WithRegisterer(nil))},
		}
		a, b, c := programs[0].hook, programs[1].hook, programs[2].hook
		importA := executor("import", core.WithWorkers(4), core.WithContinueOnError())
		importA.Register(a, webhook, stats, panickingHook{})
		export := executor("export", core.WithWorkers(1))
		export.Register(a, webhook, stats)
		importB := executor("import", core.WithWorkers(2))
		importB.Register(b)
		oddC := executor(specialName, core.WithWorkers(1))
		oddC.Register(c)

		ctx, stop := context.WithCancel(t.Context())
		var jobs sync.WaitGroup
		job := func(at time.Duration, e *core.Executor, items int, each time.Duration, fails func(int) error) {
			jobs.Go(func() {
				time.Sleep(at)
				_ = core.ForEach(ctx, e, numbers(items), func(ctx context.Context, i int) error {
					select {
					case <-time.After(each):
						return fails(i)
					case <-ctx.Done():
						return ctx.Err()
					}
				})
			})
		}
		well := func(int) error { return nil }
		job(65500*time.Millisecond, importA, 80, 3*time.Second, well)
		job(185500*time.Millisecond, export, 3, 3*time.Second, func(int) error { return &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist} })
		job(305500*time.Millisecond, importA, 1600, 3*time.Second, func(i int) error {
			switch {
			case i == 17:
				panic("17")
			case i%10 == 3:
				return errors.New("boom")
			}
			return nil
		})
		job(605500*time.Millisecond, importB, 40, 6*time.Second, well)
		job(5500*time.Millisecond, oddC, 5, time.Second, well)

		loop := executor("loop")
		loop.Register(c)
		jobs.Go(func() {
			time.Sleep(905500 * time.Millisecond)
			ctx, run := loop.Start(ctx, -1)
			run.End(run.Chunk(ctx, 1, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }))
		})

		for range recorded/scrapeInterval + 1 {
			for _, p := range programs {
				p.scrapes = append(p.scrapes, prom.Get(t, p.hook.Handler(), protobuf))
			}
			time.Sleep(scrapeInterval)
		}
		r.to = r.from.Add(recorded)

		export = executor("export") // it belongs to another process
		second := promhook.New(promhook.WithRegisterer(nil))
		export.Register(second)
		time.Sleep(time.Until(r.at(restarted)))
		job(0, export, 1, time.Hour, well)
		synctest.Wait()
		after = prom.Get(t, second.Handler(), protobuf)
		stop()
		jobs.Wait()
		_ = webhook.Shutdown(t.Context()) // it reports what it lost, which is the purpose
		if err := stats.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
	for i := range programs[0].scrapes {
		for _, p := range programs {
			r.append(t, p.scrapes[i], p.job, p.instance, p.instance, r.at(time.Duration(i)*scrapeInterval))
		}
	}
	r.append(t, after, programs[0].job, programs[0].instance, "d:9090", r.at(restarted))
	r.last = programs[0].scrapes[len(programs[0].scrapes)-1]
	return r
}

// append stores a scrape as one of a machine, and as one of a pod.
func (r *recording) append(t *testing.T, s *prom.Scrape, job, machine, pod string, at time.Time) {
	t.Helper()
	r.machines.AppendTarget(t, s, at, "job", job, "instance", machine)
	r.db.AppendTarget(t, s, at, "job", job, "instance", pod, "pod", "nightly-x7x2"+pod[:1], "namespace", "etl", "cluster", "eu")
}

func executor(name string, opts ...core.Option) *core.Executor {
	return core.NewExecutor(append([]core.Option{core.WithName(name), core.WithChunkSize(10), core.WithLogger(discardLogger)}, opts...)...)
}

func numbers(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// healthReporters returns hooks with a health to report. The endpoint of the
// webhook rejects the first message, fails once at the second, and then accepts
// all.
func healthReporters(t *testing.T) (*webhookhook.Hook, *statsdhook.Hook) {
	t.Helper()
	answers := []int{http.StatusBadRequest, http.StatusServiceUnavailable}
	endpoint := roundTrip(func(r *http.Request) (*http.Response, error) {
		status := http.StatusOK
		if len(answers) > 0 {
			status, answers = answers[0], answers[1:]
		}
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("ok")), Request: r}, nil
	})
	webhook, err := webhookhook.New("https://hooks.example/x", webhookhook.WithHTTPClient(&http.Client{Transport: endpoint}), webhookhook.WithLogger(discardLogger))
	if err != nil {
		t.Fatal(err)
	}
	client, err := statsd.NewClientWithSender(discardSender{}, "", statsd.InfixComma)
	if err != nil {
		t.Fatal(err)
	}
	stats, err := statsdhook.NewWithSender(client, statsdhook.WithLogger(discardLogger))
	if err != nil {
		t.Fatal(err)
	}
	return webhook, stats
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// discardSender is a StatsD server that accepts everything.
type discardSender struct{}

func (discardSender) Send(p []byte) (int, error) { return len(p), nil }
func (discardSender) Close() error               { return nil }

// droppingHook is a hook that drops messages because a later one replaces them.
type droppingHook struct{}

func (droppingHook) HookName() string { return "dropping" }
func (droppingHook) Stats() core.HookStats {
	return core.HookStats{Dropped: map[string]uint64{"superseded": 3}}
}

// panickingHook is a hook that panics at the start of a run.
type panickingHook struct{}

func (panickingHook) HookName() string { return "panicking" }
func (panickingHook) OnRunStart(context.Context, core.RunStart) context.Context {
	panic("panicking")
}
