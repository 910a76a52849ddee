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

// Faults is what happens to the bytes that an end writes. The zero value is a
// good connection.
type Faults struct {
	// Latency delays each piece, by up to Jitter more. The writer waits, too:
	// there is no buffer in between.
	Latency, Jitter time.Duration
	// Bandwidth is in bytes a second; 0 is without limit.
	Bandwidth int
	// Slice cuts what is written into pieces of random lengths up to this.
	Slice int
	// Limit closes the connection after so many bytes in all.
	Limit int
	// ResetAfter breaks the connection after so many bytes in all: both ends
	// get ECONNRESET, and what is on its way is gone.
	ResetAfter int
	// BlackHole loses whatever is written, and the writer does not notice.
	BlackHole bool
	// Stall keeps the writer waiting, until its deadline or Close.
	Stall bool
	// SlowClose is how long after Close the other end hears of it.
	SlowClose time.Duration
}

// Conn is one end of a connection, with faults in what it writes.
type Conn struct {
	net.Conn
	peer    *Conn // nil unless both ends are ours
	writing chan struct{}
	closed  chan struct{}

	mu       sync.Mutex // held for moments only
	faults   Faults
	rng      *rand.Rand
	deadline time.Time     // for writing
	changed  chan struct{} // closed when faults or deadline change
	written  int
	reset    bool
	shut     bool
}

// Wrap returns c with faults in what is written to it. The seed decides about jitter
// and the lengths of slices.
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
// write lasts until the other end has read it, and keeps its boundaries if
// that end reads with enough room: it can stand for datagrams, too.
func Pipe(seed uint64) (a, b *Conn) {
	p, q := net.Pipe()
	a, b = Wrap(p, seed, Faults{}), Wrap(q, seed+1, Faults{})
	a.peer, b.peer = b, a
	return a, b
}

// Set changes the faults, also for a write that waits.
func (c *Conn) Set(f Faults) {
	c.change(func() { c.faults = f })
}

func (c *Conn) change(what func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	what()
	close(c.changed)
	c.changed = make(chan struct{})
}

// Write writes with the faults that are set.
func (c *Conn) Write(p []byte) (n int, err error) {
	select {
	case c.writing <- struct{}{}: // a mutex that synctest understands
		defer func() { <-c.writing }()
	case <-c.closed:
		return 0, net.ErrClosed
	}
	for first := true; first || n < len(p); first = false {
		size, swallow, err := c.next(len(p) - n)
		if err != nil {
			return n, err
		}
		if swallow {
			n += size
		} else {
			var done int
			done, err = c.Conn.Write(p[n : n+size])
			n += done
		}
		c.mu.Lock()
		c.written += size
		c.mu.Unlock()
		if err != nil {
			return n, c.tell(err)
		}
	}
	return n, nil
}

// next waits for the time that the next piece of a write takes and returns its
// length, or what becomes of the connection instead.
func (c *Conn) next(left int) (size int, swallow bool, err error) {
	for began := time.Now(); ; {
		c.mu.Lock()
		f, size, changed, deadline := c.faults, left, c.changed, c.deadline
		if f.Slice > 0 && size > 1 {
			size = min(size, 1+c.rng.IntN(f.Slice))
		}
		limit, broken := f.Limit, false
		if f.ResetAfter > 0 && (limit == 0 || f.ResetAfter <= limit) {
			limit, broken = f.ResetAfter, true
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
			return 0, false, c.end(broken)
		}
		var ready, late <-chan time.Time
		if !f.Stall {
			ready = time.After(delay - time.Since(began))
		}
		if !deadline.IsZero() {
			late = time.After(time.Until(deadline))
		}
		select {
		case <-c.closed:
			return 0, false, c.tell(net.ErrClosed)
		case <-late:
			return 0, false, os.ErrDeadlineExceeded
		case <-ready:
			return size, f.BlackHole, nil
		case <-changed:
		}
	}
}

// end closes the connection from within, with a reset or without.
func (c *Conn) end(broken bool) error {
	if !broken {
		_ = c.Close()
		return io.ErrClosedPipe
	}
	ends := []*Conn{c}
	if c.peer != nil {
		ends = append(ends, c.peer)
	}
	for _, end := range ends { // before anyone can read of a closed pipe
		end.mu.Lock()
		end.reset = true
		end.mu.Unlock()
	}
	for _, end := range ends {
		_ = end.Conn.Close()
	}
	return syscall.ECONNRESET
}

// Read reads what the other end wrote.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, c.tell(err)
}

// tell returns what a real connection would say in place of err.
func (c *Conn) tell(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		return nil
	case c.reset && !errors.Is(err, os.ErrDeadlineExceeded):
		return syscall.ECONNRESET
	case c.shut:
		return net.ErrClosed
	}
	return err
}

// Close closes this end; the other hears of it after SlowClose.
func (c *Conn) Close() error {
	c.mu.Lock()
	again, slow := c.shut, c.faults.SlowClose
	c.shut = true
	c.mu.Unlock()
	if again {
		return net.ErrClosed
	}
	close(c.closed)
	if slow <= 0 {
		return c.Conn.Close()
	}
	time.AfterFunc(slow, func() { _ = c.Conn.Close() })
	return c.Conn.SetDeadline(time.Unix(1, 0)) // this end is done with it
}

// SetWriteDeadline sets the deadline of writes, also of one that waits.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.change(func() { c.deadline = t })
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline sets the deadlines of reads and writes.
func (c *Conn) SetDeadline(t time.Time) error {
	c.change(func() { c.deadline = t })
	return c.Conn.SetDeadline(t)
}
