package uihook

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	buildInterval = time.Second // between two snapshots of a run
	maxAnswers    = 200         // that are kept
)

// answer is the body of a response, shared by all viewers.
type answer struct {
	contentType string
	body        []byte
	etag        string

	zipOnce sync.Once
	zipped  []byte
}

func newAnswer(contentType string, body []byte) *answer {
	hash := fnv.New64a()
	_, _ = hash.Write(body) // never fails
	return &answer{contentType: contentType, body: body, etag: fmt.Sprintf(`W/"%016x"`, hash.Sum64())}
}

// gzip returns the compressed body.
func (a *answer) gzip() []byte {
	a.zipOnce.Do(func() {
		var b bytes.Buffer
		w, _ := writers.Get().(*gzip.Writer)
		w.Reset(&b)
		_, _ = w.Write(a.body) // a bytes.Buffer does not fail
		_ = w.Close()
		writers.Put(w)
		a.zipped = b.Bytes()
	})
	return a.zipped
}

var writers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// answers builds snapshots for viewers: of each run at most one a second, and none
// while nobody looks. A process at rest gets a new one when something changes.
type answers struct {
	runs    *registry
	texts   texts
	health  healthReader
	process processView

	mu   sync.Mutex
	kept map[string]*kept
}

// kept is a snapshot and what was made of it.
type kept struct {
	at       time.Time // of the last look whether it is still true
	version  uint64
	snapshot *snapshot
	made     map[string]*answer
}

func newProcessView() processView {
	host, _ := os.Hostname() // empty is shown as nothing
	return processView{filepath.Base(os.Args[0]), host, os.Getpid()}
}

// snapshotAnswer returns an answer that is made from the snapshot of a run; number
// 0 stands for the run to show by default. It returns nil if there is no such run.
func (a *answers) snapshotAnswer(number int, form string, render func(*snapshot) ([]byte, string)) *answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	all, notShown := a.runs.list()
	run := pick(all, number)
	if number != 0 && (run == nil || run.number != number) {
		return nil
	}
	key := "run"
	if run != nil {
		key = fmt.Sprint("run ", run.number)
	}
	now := time.Now()
	k := a.fresh(key, now, func(k *kept) { k.snapshot = a.build(all, notShown, run, now) })
	return k.answer(form, func() ([]byte, string) { return render(k.snapshot) })
}

// comparisonAnswer returns an answer that is made from two runs, nil if one of them
// is not known.
func (a *answers) comparisonAnswer(first, second int, form string, render func(*snapshot) ([]byte, string)) *answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	all, notShown := a.runs.list()
	runA, runB := pick(all, first), pick(all, second)
	if runA == nil || runA.number != first || runB == nil || runB.number != second {
		return nil
	}
	now := time.Now()
	k := a.fresh(fmt.Sprint("pair ", first, " ", second), now, func(k *kept) {
		k.snapshot = a.build(all, notShown, nil, now)
		k.snapshot.Compare = compare(runA, runB, now)
	})
	return k.answer(form, func() ([]byte, string) { return render(k.snapshot) })
}

// fresh returns what is kept under a key, built anew if it is no longer true.
func (a *answers) fresh(key string, now time.Time, build func(*kept)) *kept {
	k := a.kept[key]
	if k != nil && now.Sub(k.at) < buildInterval {
		return k
	}
	version := a.runs.version.Load()
	next := &kept{at: now, version: version, made: map[string]*answer{}}
	build(next)
	if k != nil && k.version == version && next.snapshot.sameAtRest(k.snapshot) {
		k.at = now
		return k
	}
	for other, old := range a.kept {
		if now.Sub(old.at) >= buildInterval && other != key || len(a.kept) > maxAnswers {
			delete(a.kept, other)
		}
	}
	a.kept[key] = next
	return next
}

func (k *kept) answer(form string, render func() ([]byte, string)) *answer {
	made := k.made[form]
	if made == nil {
		body, contentType := render()
		made = newAnswer(contentType, body)
		k.made[form] = made
	}
	return made
}

// build makes a snapshot of the runs, with run in detail.
func (a *answers) build(all []*record, notShown int, run *record, now time.Time) *snapshot {
	faults := map[string]int64{}
	for hook, n := range a.runs.faultTable().All() {
		faults[hook] = n.Load()
	}
	s := &snapshot{
		At: now, Process: a.process, Runs: []runSummary{}, RunsNotShown: notShown,
		Attention: []attentionView{},
		Exporters: exporterViews(a.health.read(), faults, a.texts),
	}
	if run != nil {
		s.Run, s.Attention = run.view(now, a.texts)
	}
	s.Attention = bySeverity(append(s.Attention, attentionTo(s.Exporters)...))
	for _, r := range all {
		s.Runs = append(s.Runs, r.summary(now))
	}
	return s
}

// sameAtRest reports whether two snapshots of the same version say the same: no
// run is active, and the health of hooks has not changed.
func (s *snapshot) sameAtRest(other *snapshot) bool {
	if s.running() {
		return false
	}
	a, errA := json.Marshal(s.Exporters)
	b, errB := json.Marshal(other.Exporters)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// running reports whether a run is active.
func (s *snapshot) running() bool {
	for _, r := range s.Runs {
		if r.Ended == nil {
			return true
		}
	}
	return false
}
