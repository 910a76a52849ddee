package alerts_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/model/labels"

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
	places    places
	pods      int                     // that have existed
	names     []string                // of the pods
	files     map[string]*prom.Scrape // what textfile collectors read, by the instance of the machine
	forgotten []string                // processes whose groups were deleted from the gateway
	step      time.Duration           // between two scrapes; a minute unless a scenario changes it
	processes []*process              // the processes that are scraped
	history   *history
}

// simulate runs a scenario in some places and returns the scrapes. The gateway is a
// real server and is started outside of the bubble, whose clock it would stop.
func simulate(t *testing.T, g *prom.Gateway, in places, script func(*simulation)) *history {
	t.Helper()
	h := &history{series: map[string]*sampledSeries{}}
	synctest.Test(t, func(t *testing.T) {
		h.start = time.Now()
		w := &simulation{t: t, gateway: g, places: in, step: minute, history: h}
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
		scraped := prom.Get(w.t, p.hook.Handler(), textFormat)
		for _, target := range p.targets {
			w.history.add(scraped, target)
		}
	}
	for instance, file := range w.files {
		w.history.add(file, target{instance: instance})
	}
	if w.gateway != nil {
		pushed := w.gateway.Scrape(w.t)
		pushed.Series = slices.DeleteFunc(pushed.Series, func(s labels.Labels) bool { return slices.Contains(w.forgotten, s.Get("process")) })
		w.history.addPushed(pushed)
	}
	w.history.markStale(at)
}

// process is a program that serves its metrics until it ends.
type process struct {
	sim     *simulation
	targets []target // the process has the series of each
	hook    *promhook.Hook
	ctx     context.Context
	cancel  context.CancelFunc
	jobs    sync.WaitGroup
}

// startProcess starts a process of a machine, which is also a new pod, in the
// places of the scenario.
func (w *simulation) startProcess(machine string, opts ...promhook.Option) *process {
	w.t.Helper()
	var targets []target
	if w.places != machinesOnly {
		targets = append(targets, w.pod("etl"))
	}
	if w.places != podsOnly {
		targets = append(targets, target{instance: machine, cluster: "one", host: machine})
	}
	p := w.newProcess(targets, opts...)
	w.processes = append(w.processes, p)
	return p
}

// startPushing starts a process that is not scraped.
func (w *simulation) startPushing(machine string, opts ...promhook.Option) *process {
	w.t.Helper()
	p := w.startProcess(machine, opts...)
	p.hide()
	return p
}

// startTarget starts a process with one target.
func (w *simulation) startTarget(of target, opts ...promhook.Option) *process {
	w.t.Helper()
	p := w.newProcess([]target{of}, opts...)
	w.processes = append(w.processes, p)
	return p
}

func (w *simulation) newProcess(targets []target, opts ...promhook.Option) *process {
	p := &process{sim: w, targets: targets, hook: promhook.New(append(opts, promhook.WithRegisterer(nil))...)}
	p.ctx, p.cancel = context.WithCancel(w.t.Context())
	return p
}

// hide ends the scrapes of the process.
func (p *process) hide() {
	p.sim.processes = slices.DeleteFunc(slices.Clone(p.sim.processes), func(q *process) bool { return q == p })
}

// end cancels the runs of the process and ends it. It is no longer scraped.
func (p *process) end() {
	p.cancel()
	p.jobs.Wait()
	p.hide()
}

// push pushes the metrics of the process, from all its targets.
func (p *process) push() {
	p.sim.t.Helper()
	// An open connection would stop the clock of the bubble.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, target := range p.targets {
		err := p.hook.Push(p.sim.t.Context(), p.sim.gateway.URL, promhook.WithPushClient(client),
			promhook.WithPushJob(target.namespace+"/"+job), promhook.WithPushProcess(target.host))
		if err != nil {
			p.sim.t.Fatal(err)
		}
	}
}

// writeTextfile writes the metrics of the process for the textfile collector of a
// machine.
func (p *process) writeTextfile(instance string) {
	w := p.sim
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "job.prom")
	if err := p.hook.WriteTextfile(path); err != nil {
		w.t.Fatal(err)
	}
	text, err := os.ReadFile(path) //nolint:gosec // a file of the test
	if err != nil {
		w.t.Fatal(err)
	}
	if w.files == nil {
		w.files = map[string]*prom.Scrape{}
	}
	w.files[instance] = prom.Read(w.t, text, textFormat)
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
