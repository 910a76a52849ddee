package faultnet

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// Listener is a net.Listener whose connections are in memory. It is safe for
// concurrent use.
type Listener struct {
	seed   uint64
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once

	mu     sync.Mutex
	dials  uint64
	refuse bool
	onDial func(client, server *Conn)
}

// Listen returns a listener. Its connections derive their seeds from the given
// one.
func Listen(seed uint64) *Listener {
	return &Listener{seed: seed, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// OnDial sets a function that is called with the two ends of each new
// connection, before any write, to set their faults.
func (l *Listener) OnDial(f func(client, server *Conn)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.onDial = f
}

// Refuse makes every Dial fail as if nothing listened, or ends that.
func (l *Listener) Refuse(refuse bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse = refuse
}

// Dials returns the number of calls of Dial.
func (l *Listener) Dials() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int(l.dials)
}

// Dial connects to the listener, whatever the address, and waits for Accept. It
// has the signature of http.Transport.DialContext.
func (l *Listener) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	l.mu.Lock()
	l.dials++
	seed, refuse, onDial := l.seed+2*l.dials, l.refuse, l.onDial
	l.mu.Unlock()
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: l.Addr(), Err: err}
	}
	if refuse {
		return fail(syscall.ECONNREFUSED)
	}
	client, server := Pipe(seed)
	if onDial != nil {
		onDial(client, server)
	}
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return fail(syscall.ECONNREFUSED)
	case <-ctx.Done():
		return fail(ctx.Err())
	}
}

// Accept waits for the next Dial.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "memory", Addr: l.Addr(), Err: net.ErrClosed}
	}
}

// Close ends Accept and refuses later calls of Dial. Connections stay open.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr returns an address whose network and text are "memory".
func (l *Listener) Addr() net.Addr { return addr{} }

type addr struct{}

func (addr) Network() string { return "memory" }
func (addr) String() string  { return "memory" }
