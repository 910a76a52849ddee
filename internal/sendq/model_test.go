package sendq_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/internal/sendq"
)

// value is what the tests put: a class, a key for PutLatest and a number.
type value struct{ class, key, n int }

// model is a simple and slow implementation of the queue.
type model struct {
	capacity  int
	waiting   []value
	inFlight  [3]int // by class
	closed    bool
	produced  uint64
	delivered uint64
	errors    uint64
	dropped   map[string]uint64
	lost      [3]uint64 // by class
}

func (m *model) put(v value, latest bool) bool {
	m.produced++
	if m.closed {
		m.dropped["closed"]++
		return false
	}
	if latest {
		if i := slices.IndexFunc(m.waiting, func(w value) bool { return w.class == v.class && w.key == v.key }); i >= 0 {
			m.waiting = slices.Delete(m.waiting, i, i+1)
			m.dropped["superseded"]++
		}
	}
	if len(m.waiting) == m.capacity {
		lowest := -1
		for i, w := range m.waiting {
			if w.class < v.class && (lowest < 0 || w.class < m.waiting[lowest].class) {
				lowest = i
			}
		}
		m.dropped["queue_full"]++
		if lowest < 0 {
			m.lost[v.class]++
			return false
		}
		m.lost[m.waiting[lowest].class]++
		m.waiting = slices.Delete(m.waiting, lowest, lowest+1)
	}
	m.waiting = append(m.waiting, v)
	return true
}

func (m *model) take(n int) []value {
	n = min(n, len(m.waiting))
	taken := slices.Clone(m.waiting[:n])
	m.waiting = slices.Delete(m.waiting, 0, n)
	for _, v := range taken {
		m.inFlight[v.class]++
	}
	return taken
}

func (m *model) settle(class, n int) uint64 {
	n = min(n, m.inFlight[class])
	m.inFlight[class] -= n
	return uint64(n)
}

func (m *model) drop(class, n int, reason string) {
	if n := m.settle(class, n); n > 0 {
		m.dropped[reason] += n
		m.lost[class] += n
	}
}

func (m *model) closeQueue() {
	m.closed = true
	m.take(len(m.waiting))
	for class, n := range m.inFlight {
		m.drop(class, n, "shutdown")
	}
}

func (m *model) stats() core.HookStats {
	return core.HookStats{
		Produced: m.produced, Delivered: m.delivered, Errors: m.errors, Dropped: m.dropped,
		Pending: uint64(len(m.waiting) + m.inFlight[0] + m.inFlight[1] + m.inFlight[2]),
	}
}

// TestModel applies the same random operations to a queue and to its model. The
// test itself is the consumer, so that it compares every step.
func TestModel(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 0))
		capacity, classes := 1+rng.IntN(6), 1+rng.IntN(3)
		if seed%50 == 0 {
			capacity = 64 // a usual size, besides the small ones
		}
		q := sendq.New(capacity, classes, func(ctx context.Context, _ *sendq.Queue[value]) { <-ctx.Done() })
		m := &model{capacity: capacity, dropped: map[string]uint64{}}
		for step := range 40 * capacity {
			v := value{class: rng.IntN(classes), key: rng.IntN(2), n: step}
			n := rng.IntN(3)
			switch op := rng.IntN(100); {
			case op < 50:
				latest := op < 15
				var got bool
				if latest {
					got = q.PutLatest(v.class, v, func(w value) bool { return w.key == v.key })
				} else {
					got = q.Put(v.class, v)
				}
				if want := m.put(v, latest); got != want {
					t.Fatalf("seed %d, step %d: Put(%+v) = %v, want %v", seed, step, v, got, want)
				}
			case op < 70:
				got, open := q.Take(closing.Done(), 1, make([]value, 0, n+1))
				want := m.take(n + 1)
				if m.closed { // Close has dropped all values
					want = nil
				}
				if !slices.Equal(got, want) || open != !m.closed {
					t.Fatalf("seed %d, step %d: Take = %+v, %v, want %+v", seed, step, got, open, want)
				}
			case op < 80:
				q.Delivered(v.class, n)
				m.delivered += m.settle(v.class, n)
			case op < 88:
				q.Failed()
				m.errors++
				q.Dropped(v.class, n, "send_error")
				m.drop(v.class, n, "send_error")
			case op < 95:
				q.Add(v.class, n)
				m.produced += uint64(n)
				m.inFlight[v.class] += n
				if m.closed {
					m.drop(v.class, n, "shutdown")
				}
			case op == 99 && rng.IntN(10) == 0:
				err := q.Close(closing.Done())
				if !m.closed {
					m.closeQueue()
				}
				checkLost(t, err, m.dropped)
			}
			checkStats(t, q.Stats(), m.stats(), seed, step)
		}
		if lost, ok := errors.AsType[*sendq.LostError](q.Lost()); ok && !slices.Equal(lost.Classes, m.lost[:classes]) {
			t.Fatalf("seed %d: lost by class %v, want %v", seed, lost.Classes, m.lost[:classes])
		}
		_ = q.Close(closing.Done())
	}
}

func checkStats(t *testing.T, got, want core.HookStats, seed uint64, step int) {
	t.Helper()
	if got.Produced != want.Produced || got.Delivered != want.Delivered || got.Pending != want.Pending ||
		got.Errors != want.Errors || !maps.Equal(got.Dropped, want.Dropped) {
		t.Fatalf("seed %d, step %d: stats\n%+v, want\n%+v", seed, step, got, want)
	}
	checkBalance(t, got)
}

// checkBalance checks that every value is accounted for.
func checkBalance(t *testing.T, s core.HookStats) {
	t.Helper()
	sum := s.Delivered + s.Pending
	for _, n := range s.Dropped {
		sum += n
	}
	if s.Produced != sum {
		t.Errorf("%d produced, but %d accounted for: %+v", s.Produced, sum, s)
	}
}

// checkLost compares the error of Close with what was dropped before it.
func checkLost(t *testing.T, err error, dropped map[string]uint64) {
	t.Helper()
	var lost *sendq.LostError
	if !errors.As(err, &lost) {
		return // a later Close with an ended context
	}
	for reason, n := range lost.Dropped {
		if reason == sendq.Superseded || reason == sendq.Closed || n == 0 || n > dropped[reason] {
			t.Errorf("Close returned %v, but %v was dropped", err, dropped)
		}
	}
}
