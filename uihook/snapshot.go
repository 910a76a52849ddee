package uihook

import (
	"math"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// The states of a run that has not ended. Else the state is its outcome.
const (
	stateRunning = "running"
	stateStalled = "stalled"
)

const (
	stallAfter  = 30 * time.Second // without an item, a run is stalled
	stallChunks = 3                // times the p99 of its chunks without an item

	slowChunks = 10 // times the p99, a chunk is slow
	slowAfter  = 10 * time.Second
)

// reading is the state of a record at one moment.
type reading struct {
	*record
	now       time.Time
	end       *core.RunEnd
	endText   string
	progress  core.Progress
	idle      time.Duration // since an item finished
	elapsed   time.Duration
	faults    int
	anomalies []anomaly
	sum       *totals
	longest   time.Duration
	p99       time.Duration
	done      int
	failed    int
	chunks    int
	chFailed  int
}

// read reads the record.
func (r *record) read(now time.Time) *reading {
	v := &reading{record: r, now: now, sum: r.sum(), longest: r.slowest.longest()}
	r.mu.Lock()
	defer r.mu.Unlock()
	v.end, v.endText, v.progress, v.faults = r.end, r.endText, r.progress, r.faults
	v.anomalies = append(v.anomalies, r.anomalies...)
	v.p99 = v.sum.quantile(0.99, v.longest)
	v.elapsed = max(0, now.Sub(r.started))
	v.idle = v.elapsed - r.lastAdvance
	v.done, v.failed = max(v.progress.ItemsDone, v.sum.itemsDone), max(v.progress.ItemsFailed, v.sum.itemsFailed)
	v.chunks, v.chFailed = max(v.progress.Chunks, v.sum.chunks), v.sum.chunksFailed
	if v.end != nil {
		v.elapsed, v.idle = v.end.Duration, 0
		v.done, v.failed, v.chunks, v.chFailed = v.end.ItemsDone, v.end.ItemsFailed, v.end.Chunks, v.end.ChunksFailed
	}
	return v
}

func (v *reading) stalled() bool {
	return v.end == nil && v.idle >= max(stallAfter, stallChunks*v.p99) && v.done != v.items
}

func (v *reading) state() string {
	switch {
	case v.end != nil:
		return v.end.Outcome.String()
	case v.stalled():
		return stateStalled
	}
	return stateRunning
}

// summary returns the row of a run.
func (r *record) summary(now time.Time) runSummary {
	r.mu.Lock()
	final := r.final
	r.mu.Unlock()
	if final != nil {
		return *final
	}
	v := r.read(now)
	s := v.summary()
	if v.end != nil {
		r.mu.Lock()
		r.final = &s
		r.mu.Unlock()
	}
	return s
}

func (v *reading) summary() runSummary {
	s := runSummary{
		Number: v.number, ID: v.id, Executor: v.name, State: v.state(), Started: v.started,
		Elapsed: seconds(v.elapsed), Items: v.items, ItemsDone: v.done, ItemsFailed: v.failed,
		Chunks: v.chunks, ChunksFailed: v.chFailed, Throughput: perSecond(v.done, v.elapsed),
		P50: seconds(v.sum.quantile(0.5, v.longest)), P90: seconds(v.sum.quantile(0.9, v.longest)),
		P99: seconds(v.p99), Max: seconds(v.longest),
	}
	if v.end != nil {
		ended := v.end.Ended
		s.Ended = &ended
	}
	if v.workers > 0 && v.elapsed > 0 {
		s.Busy = ratio(float64(v.sum.busyTime), float64(v.workers)*float64(v.elapsed))
	}
	return s
}

// view returns everything that the page shows of a run, and what needs attention.
func (r *record) view(now time.Time, texts texts) (*runView, []attentionView) {
	v := r.read(now)
	run := &runView{
		runSummary: v.summary(), Attrs: r.attrs, Error: v.endText, Workers: r.workers,
		Histogram: v.sum.view(), Slowest: []slowView{}, Failures: r.failures.list(texts),
		Counters: []counterView{},
	}
	run.Lanes = v.lanes(texts)
	for _, c := range r.custom.All() {
		if n := c.value.Load(); n > 0 {
			run.Counters = append(run.Counters, counterView{c.name, c.unit, n})
		}
	}
	for _, l := range run.Lanes {
		run.ChunksActive += l.ChunksActive
	}
	if v.end == nil {
		run.ChunksWaiting = max(0, min(v.progress.ChunksWaiting, run.ChunksActive))
		run.ChunksActive -= run.ChunksWaiting
		run.ThroughputNow = rounded(v.progress.Throughput, 1)
		if e := v.progress.Remaining; e.Known && run.State == stateRunning {
			run.Remaining = &remainingView{seconds(e.Expected), seconds(e.Low), seconds(e.High)}
		}
	}
	run.Series = v.seriesView()
	for _, c := range r.slowest.list() {
		run.Slowest = append(run.Slowest, slowView{
			c.chunk, texts.item(c.name), c.offset, c.items, c.worker, texts.name(c.remoteWorker),
			seconds(c.started.Sub(r.started)), seconds(c.duration), c.outcome.String(),
		})
	}
	return run, v.attention(run)
}

func (v *reading) seriesView() seriesView {
	v.record.mu.Lock()
	s := v.record.series
	v.record.mu.Unlock()
	at := clampSpan(v.elapsed)
	s.fold(shiftFor(s.shift, at))
	width := firstBin << s.shift
	n := min(bins, int(at/width)+1)
	view := seriesView{BinSeconds: seconds(width), Done: make([]float64, n), Failed: make([]float64, n)}
	for i := range n {
		view.Done[i], view.Failed[i] = rounded(s.done[i], 1), rounded(s.failed[i], 1)
	}
	return view
}

// lanes returns the workers that have had a chunk.
func (v *reading) lanes(texts texts) []laneView {
	all := []laneView{}
	var l lane
	at := clampSpan(v.elapsed)
	for i := range v.record.lanes {
		source := v.record.lanes[i].Load()
		if source == nil {
			continue
		}
		source.mu.Lock()
		l.shift, l.busy, l.failed, l.totals, l.now, l.active = source.shift, source.busy, source.failed, source.totals, source.now, source.active
		l.remote = source.remote
		source.mu.Unlock()
		view := v.laneView(i, &l, at)
		view.RemoteWorker = texts.name(l.remote)
		if oldest := v.progress.OldestChunk; view.Now != nil && oldest.Name != "" && oldest.Chunk == view.Now.Chunk {
			view.Now.Name = texts.item(oldest.Name)
		}
		all = append(all, view)
	}
	return all
}

func (v *reading) laneView(worker int, l *lane, at time.Duration) laneView {
	view := laneView{
		Worker: worker, Shared: worker == maxLanes, Chunks: l.chunks, ItemsDone: l.itemsDone, ItemsFailed: l.itemsFailed,
		ChunksActive: l.active,
	}
	workers := 1
	if view.Shared {
		workers = max(1, v.workers-maxLanes)
	}
	if l.active > 0 && l.now.Chunk >= 0 && v.end == nil {
		age := max(0, v.worked(v.now.Sub(l.now.Started)))
		l.busyTime += age
		view.Now = &nowView{Chunk: l.now.Chunk, Offset: l.now.Offset, Items: l.now.Items, Elapsed: seconds(age), Slow: v.slow(age)}
		l.addBusy(at-age, at, false)
	}
	view.Busy = ratio(float64(l.busyTime), float64(v.elapsed)*float64(workers))
	l.fold(shiftFor(l.shift, at))
	width := firstBin << l.shift
	timeline := make([]byte, min(bins, int(at/width)+1))
	for i := range timeline {
		span := min(width, at-time.Duration(i)*width) * time.Duration(workers)
		tenths := byte(0)
		if span > 0 {
			tenths = byte(min(9, (l.busy[i]*10+int64(span)-1)/int64(span)))
		}
		timeline[i] = '0' + tenths
		if l.failed[i] {
			timeline[i] = 'a' + tenths
		}
	}
	view.Timeline = string(timeline)
	return view
}

// worked returns how long a chunk that started so long ago is worked on, at most. Of
// chunks that are done elsewhere, which may wait, none is worked on longer than the
// oldest active one.
func (v *reading) worked(age time.Duration) time.Duration {
	switch oldest := v.progress.OldestChunk.Started; {
	case !v.remote.Load():
		return age
	case oldest.IsZero():
		return 0
	default:
		return min(age, v.now.Sub(oldest))
	}
}

// slow reports whether a chunk of this age is slow for its run.
func (v *reading) slow(age time.Duration) bool {
	return age >= slowAfter && (v.sum.chunks > 0 && age >= slowChunks*v.p99 || v.stalled())
}

// view returns the histogram, with wider buckets where it has more than 40.
func (t *totals) view() []bucketView {
	first, last := -1, 0
	for i, n := range t.histogram {
		if n > 0 {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	all := []bucketView{}
	if first < 0 {
		return all
	}
	step := 1
	for (last-first)/step >= 40 {
		step *= 2
	}
	for i := first / step * step; i <= last; i += step {
		b := bucketView{From: seconds(bucketStart(i)), To: seconds(bucketStart(i + step))}
		for _, n := range t.histogram[i:min(i+step, histogramSize)] {
			b.Chunks += int(n)
		}
		all = append(all, b)
	}
	return all
}

// seconds returns a duration for JSON, to the microsecond.
func seconds(d time.Duration) float64 { return rounded(d.Seconds(), 6) }

func perSecond(n int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return rounded(float64(n)/d.Seconds(), 1)
}

// ratio returns a part of a whole, at most 1, and 0 where there is no whole.
func ratio(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return rounded(min(1, part/whole), 3)
}

// rounded returns a number that JSON can hold, with some decimals.
func rounded(x float64, decimals int) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) > 1e15 {
		return 0
	}
	unit := math.Pow10(decimals)
	return math.Round(x*unit) / unit
}
