package alerts_test

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/oracle/prom"
	"github.com/chunkscope/chunkscope/promhook"
)

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * time.Hour
)

const textFormat = "text/plain; version=0.0.4"

// simulation runs a scenario: processes that run jobs, and a server that
// scrapes them. Time jumps from one event to the next. Scrapes come half a
// second before each step ends, and nothing else happens at that instant.
type simulation struct {
	t         *testing.T
	gateway   *prom.Gateway
	step      time.Duration // between two scrapes; a minute unless a scenario changes it
	processes []*process    // the processes that are scraped
	history   *history
}

// simulate runs a scenario and returns the scrapes. The gateway is a real
// server and is started outside of the bubble, whose clock it would stop.
func simulate(t *testing.T, g *prom.Gateway, script func(*simulation)) *history {
	t.Helper()
	h := &history{series: map[string]*sampledSeries{}}
	synctest.Test(t, func(t *testing.T) {
		h.start = time.Now()
		w := &simulation{t: t, gateway: g, step: minute, history: h}
		script(w)
		for _, p := range w.processes {
			p.end()
		}
	})
	return h
}

// advance lets time pass and scrapes after each step.
func (w *simulation) advance(d time.Duration) {
	w.t.Helper()
	for ; d > 0; d -= w.step {
		time.Sleep(w.step - 500*time.Millisecond)
		synctest.Wait()
		w.scrape()
		time.Sleep(500 * time.Millisecond)
	}
}

// advanceIdle lets time pass with longer steps, while nothing happens that
// concerns an alert.
func (w *simulation) advanceIdle(d, step time.Duration) {
	w.t.Helper()
	before := w.step
	w.step = step
	w.advance(d)
	w.step = before
}

func (w *simulation) scrape() {
	w.t.Helper()
	at := time.Now()
	for _, p := range w.processes {
		w.history.add(prom.Get(w.t, p.hook.Handler(), textFormat), p.instance)
	}
	if w.gateway != nil {
		w.history.add(w.gateway.Scrape(w.t), "") // no instance, as with honor_labels
	}
	w.history.markStale(at)
}

// process is a program that serves its metrics until it ends.
type process struct {
	sim      *simulation
	instance string
	hook     *promhook.Hook
	ctx      context.Context
	cancel   context.CancelFunc
	jobs     sync.WaitGroup
}

// startProcess starts a process. A process that pushes its metrics has an empty
// instance.
func (w *simulation) startProcess(instance string, opts ...promhook.Option) *process {
	w.t.Helper()
	p := &process{sim: w, instance: instance, hook: promhook.New(append(opts, promhook.WithRegisterer(nil))...)}
	p.ctx, p.cancel = context.WithCancel(w.t.Context())
	if instance != "" {
		w.processes = append(w.processes, p)
	}
	return p
}

// end cancels the runs of the process and ends it. It is no longer scraped.
func (p *process) end() {
	p.cancel()
	p.jobs.Wait()
	for i, q := range p.sim.processes {
		if q == p {
			p.sim.processes = append(p.sim.processes[:i:i], p.sim.processes[i+1:]...)
			break
		}
	}
}

// push pushes the metrics of the process.
func (p *process) push() {
	p.sim.t.Helper()
	// An open connection would stop the clock of the bubble.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if err := p.hook.Push(p.sim.t.Context(), p.sim.gateway.URL, promhook.WithPushJob(job), promhook.WithPushClient(client)); err != nil {
		p.sim.t.Fatal(err)
	}
}

// job is the job label of all scrapes.
const job = "nightly"

// executor returns an executor of the process. By default it has two workers
// and chunks of one item.
func (p *process) executor(name string, opts ...core.Option) *core.Executor {
	e := core.NewExecutor(append([]core.Option{
		core.WithName(name), core.WithWorkers(2), core.WithChunkSize(1), core.WithLogger(slog.New(slog.DiscardHandler)),
	}, opts...)...)
	e.Register(p.hook)
	return e
}

// run starts a run in the background that calls f for each item. The returned
// function cancels the run and waits for its end.
func (p *process) run(e *core.Executor, items int, f func(ctx context.Context, i int) error) (cancel func()) {
	all := make([]int, items)
	for i := range all {
		all[i] = i
	}
	return p.background(func(ctx context.Context) { _ = core.ForEach(ctx, e, all, f) })
}

// background calls f in the background. The returned function cancels its
// context and waits for it.
func (p *process) background(f func(ctx context.Context)) (cancel func()) {
	ctx, stop := context.WithCancel(p.ctx)
	done := make(chan struct{})
	p.jobs.Go(func() {
		defer close(done)
		defer stop()
		f(ctx)
	})
	return func() {
		stop()
		<-done
	}
}

// itemsTaking returns a function for items that take d.
func itemsTaking(d time.Duration) func(context.Context, int) error {
	return func(ctx context.Context, _ int) error { return sleep(ctx, d) }
}

// sleep waits for d, or until the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// history has everything that a server scraped.
type history struct {
	start  time.Time
	times  []time.Time // times of the scrapes
	series map[string]*sampledSeries
}

// sampledSeries is a series with its samples, by the index of the scrape.
type sampledSeries struct {
	labels  labels.Labels
	scrapes []int
	values  []float64
}

var stale = math.Float64frombits(value.StaleNaN)

// add adds a scrape of a target.
func (h *history) add(s *prom.Scrape, instance string) {
	for _, series := range s.Series {
		name := series.String()
		c := h.series[instance+name]
		if c == nil {
			c = &sampledSeries{labels: labels.NewBuilder(series).Set("job", job).Set("instance", instance).Labels()}
			h.series[instance+name] = c
		}
		c.scrapes, c.values = append(c.scrapes, len(h.times)), append(c.values, s.Samples[name])
	}
}

// markStale ends the scrapes of an instant. Like a server, it marks series as
// stale that have disappeared.
func (h *history) markStale(at time.Time) {
	for _, c := range h.series {
		last := len(c.scrapes) - 1
		if c.scrapes[last] == len(h.times)-1 && !value.IsStaleNaN(c.values[last]) {
			c.scrapes, c.values = append(c.scrapes, len(h.times)), append(c.values, stale)
		}
	}
	h.times = append(h.times, at)
}
