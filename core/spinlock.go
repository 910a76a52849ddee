package core

import "sync/atomic"

// turn is a lock for calls of foreign code, which may take long: those who
// wait for it wait on a channel. In tests with a fake clock (testing/synctest)
// time then goes on meanwhile, as it does not for those who wait for a sync.Mutex.
type turn struct {
	_     [64]byte     // or those who look for users would slow down who has the turn and reads what is beside it
	users atomic.Int32 // that have it or wait for it
	_     [64]byte
	free  chan struct{}
}

// looks is how often one looks for a free turn before going to sleep: for
// about a microsecond, in which most calls are over. To sleep and be woken
// takes several, on both cores.
const looks = 1000

func newTurn() turn { return turn{free: make(chan struct{}, 1)} }

func (t *turn) take() {
	if !t.users.CompareAndSwap(0, 1) {
		t.wait()
	}
}

func (t *turn) wait() {
	for range looks {
		if t.users.Load() == 0 && t.users.CompareAndSwap(0, 1) {
			return
		}
	}
	if t.users.Add(1) > 1 {
		<-t.free
	}
}

func (t *turn) give() {
	if t.users.Add(-1) > 0 {
		t.free <- struct{}{} // to whoever waits
	}
}
