package core

import "sync/atomic"

// turn is a lock for calls of foreign code, which may take long: those who
// wait for it wait on a channel. In tests with a fake clock (testing/synctest)
// time then goes on meanwhile, as it does not for those who wait for a sync.Mutex.
type turn struct {
	users atomic.Int32 // that have it or want it
	free  chan struct{}
}

func newTurn() turn { return turn{free: make(chan struct{}, 1)} }

func (t *turn) take() {
	if t.users.Add(1) > 1 {
		<-t.free
	}
}

func (t *turn) give() {
	if t.users.Add(-1) > 0 {
		t.free <- struct{}{} // to whoever waits
	}
}
