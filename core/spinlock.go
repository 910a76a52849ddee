package core

import "sync/atomic"

// spinLock is a lock for calls of user code, which may take long. It spins for a
// moment and then waits on a channel. In tests with a fake clock
// (testing/synctest) time goes on for a goroutine that waits on a channel, and
// stands still for one that waits for a sync.Mutex.
type spinLock struct {
	_        [64]byte     // spinning readers of claims would slow down readers of the fields around it
	claims   atomic.Int32 // goroutines that hold the lock or wait for it
	_        [64]byte
	released chan struct{}
}

// spinAttempts is how often lockSlow tries before it sleeps: for about a
// microsecond, in which most calls return. To sleep and be woken takes several,
// on both cores.
const spinAttempts = 1000

func newSpinLock() spinLock { return spinLock{released: make(chan struct{}, 1)} }

func (l *spinLock) Lock() {
	if !l.claims.CompareAndSwap(0, 1) {
		l.lockSlow()
	}
}

func (l *spinLock) lockSlow() {
	for range spinAttempts {
		if l.claims.Load() == 0 && l.claims.CompareAndSwap(0, 1) {
			return
		}
	}
	if l.claims.Add(1) > 1 {
		<-l.released
	}
}

func (l *spinLock) Unlock() {
	if l.claims.Add(-1) > 0 {
		l.released <- struct{}{}
	}
}
