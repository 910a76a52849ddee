package faultnet

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Faults are the faults of what one end of a connection writes. The zero value
// has none.
type Faults struct {
	// Latency delays each piece, by up to Jitter more. The writer waits for it,
	// because there is no buffer.
	Latency, Jitter time.Duration
	// Bandwidth is in bytes a second; 0 sets no limit.
	Bandwidth int
	// Slice cuts each write into pieces of random lengths, at most this long.
	Slice int
	// Limit closes the connection after this many bytes in all.
	Limit int
	// ResetAfter resets the connection after this many bytes in all. Both ends
	// get ECONNRESET, and bytes under way are lost.
	ResetAfter int
	// BlackHole discards every write, which still succeeds.
	BlackHole bool
	// Stall blocks each write until its deadline or Close.
	Stall bool
	// SlowClose is the time from Close until the other end sees it.
	SlowClose time.Duration
}

// Conn is one end of a connection, with faults in what it writes. It is safe
// for concurrent use.
type Conn struct {
	net.Conn
	peer    *Conn // nil unless both ends are a Conn
	writing chan struct{}
	closed  chan struct{}

	mu          sync.Mutex // never held while waiting
	faults      Faults
	rng         *rand.Rand
	deadline    time.Time     // of writes
	changed     chan struct{} // closed when faults or deadline change
	written     int
	reset       bool
	closeCalled bool
}

// Wrap returns c with faults in what is written to it. The seed determines the
// jitter and the lengths of slices.
func Wrap(c net.Conn, seed uint64, f Faults) *Conn {
	return &Conn{
		Conn:    c,
		writing: make(chan struct{}, 1),
		closed:  make(chan struct{}),
		changed: make(chan struct{}),
		faults:  f,
		rng:     rand.New(rand.NewPCG(seed, 0)),
	}
}

// Pipe returns the two ends of a connection in memory. As with net.Pipe, a
// write lasts until the other end has read it. A reader with a large enough
// buffer sees the boundaries of writes, so a pipe can also carry datagrams.
func Pipe(seed uint64) (a, b *Conn) {
	p, q := net.Pipe()
	a, b = Wrap(p, seed, Faults{}), Wrap(q, seed+1, Faults{})
	a.peer, b.peer = b, a
	return a, b
}

// Set changes the faults. It also affects a write that is waiting.
func (c *Conn) Set(f Faults) {
	c.change(func() { c.faults = f })
}

func (c *Conn) change(update func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	update()
	close(c.changed)
	c.changed = make(chan struct{})
}

// Write writes p with the faults that are set.
func (c *Conn) Write(p []byte) (n int, err error) {
	select {
	case c.writing <- struct{}{}: // a mutex that synctest understands
		defer func() { <-c.writing }()
	case <-c.closed:
		return 0, net.ErrClosed
	}
	for first := true; first || n < len(p); first = false {
		size, discard, err := c.nextPiece(len(p) - n)
		if err != nil {
			return n, err
		}
		if discard {
			n += size
		} else {
			var written int
			written, err = c.Conn.Write(p[n : n+size])
			n += written
		}
		c.mu.Lock()
		c.written += size
		c.mu.Unlock()
		if err != nil {
			return n, c.connError(err)
		}
	}
	return n, nil
}

// nextPiece waits as long as the next piece of a write takes and returns its
// length, or the error that the faults call for.
func (c *Conn) nextPiece(remaining int) (size int, discard bool, err error) {
	for start := time.Now(); ; {
		c.mu.Lock()
		f, size, changed, deadline := c.faults, remaining, c.changed, c.deadline
		if f.Slice > 0 && size > 1 {
			size = min(size, 1+c.rng.IntN(f.Slice))
		}
		limit, reset := f.Limit, false
		if f.ResetAfter > 0 && (limit == 0 || f.ResetAfter <= limit) {
			limit, reset = f.ResetAfter, true
		}
		if limit > 0 {
			size = min(size, limit-c.written)
		}
		delay := f.Latency
		if f.Jitter > 0 {
			delay += time.Duration(c.rng.Int64N(int64(f.Jitter)))
		}
		if f.Bandwidth > 0 {
			delay += time.Duration(size) * time.Second / time.Duration(f.Bandwidth)
		}
		c.mu.Unlock()
		if limit > 0 && size <= 0 {
			return 0, false, c.closeAtLimit(reset)
		}
		var ready, expired <-chan time.Time
		if !f.Stall {
			ready = time.After(delay - time.Since(start))
		}
		if !deadline.IsZero() {
			expired = time.After(time.Until(deadline))
		}
		select {
		case <-c.closed:
			return 0, false, c.connError(net.ErrClosed)
		case <-expired:
			return 0, false, os.ErrDeadlineExceeded
		case <-ready:
			return size, f.BlackHole, nil
		case <-changed:
		}
	}
}

// closeAtLimit closes the connection when a limit of bytes is reached, with a
// reset or without.
func (c *Conn) closeAtLimit(reset bool) error {
	if !reset {
		_ = c.Close()
		return io.ErrClosedPipe
	}
	ends := []*Conn{c}
	if c.peer != nil {
		ends = append(ends, c.peer)
	}
	for _, end := range ends { // before a reader can see a closed pipe
		end.mu.Lock()
		end.reset = true
		end.mu.Unlock()
	}
	for _, end := range ends {
		_ = end.Conn.Close()
	}
	return syscall.ECONNRESET
}

// Read reads what the other end has written.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, c.connError(err)
}

// connError returns the error that a real connection would return in place of
// err.
func (c *Conn) connError(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		return nil
	case c.reset && !errors.Is(err, os.ErrDeadlineExceeded):
		return syscall.ECONNRESET
	case c.closeCalled:
		return net.ErrClosed
	}
	return err
}

// Close closes this end. The other end sees it after SlowClose.
func (c *Conn) Close() error {
	c.mu.Lock()
	already, delay := c.closeCalled, c.faults.SlowClose
	c.closeCalled = true
	c.mu.Unlock()
	if already {
		return net.ErrClosed
	}
	close(c.closed)
	if delay <= 0 {
		return c.Conn.Close()
	}
	time.AfterFunc(delay, func() { _ = c.Conn.Close() })
	return c.Conn.SetDeadline(time.Unix(1, 0)) // reads and writes of this end fail from now on
}

// SetWriteDeadline sets the deadline of writes, including one that is waiting.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.change(func() { c.deadline = t })
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline sets the deadlines of reads and writes.
func (c *Conn) SetDeadline(t time.Time) error {
	c.change(func() { c.deadline = t })
	return c.Conn.SetDeadline(t)
}
