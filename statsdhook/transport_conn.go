package statsdhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	// writeLimit is how long a packet may wait to be taken: only a unix socket
	// whose server does not read keeps it waiting.
	writeLimit = 100 * time.Millisecond
	// lookupLimit is how long a look-up may take, and lookupRetry how long
	// after a failed one the next is tried.
	lookupLimit = 3 * time.Second
	lookupRetry = 5 * time.Second
)

// wire sends packets to the server and settles their lines. It is the inner
// sender of cactus' buffered one, which tells nobody of errors. Its methods are
// called one after the other, except abort.
type packetConn struct {
	endpoint        endpoint
	network         network
	resolveInterval time.Duration
	deliveries      *deliveryLog

	address    string // to dial; empty as long as the host is unknown
	lookupErr  error
	nextLookup time.Time

	mu      sync.Mutex
	conn    net.Conn // nil: to be dialled
	aborted bool
}

func newPacketConn(e endpoint, c *config, l *deliveryLog) *packetConn {
	w := &packetConn{endpoint: e, network: c.network, resolveInterval: c.resolveInterval, deliveries: l}
	if !e.lookup {
		w.address = e.address
	}
	return w
}

// resolve looks up the server's address, if that is due. The old one stays
// while it is among the new ones, or there are none.
func (w *packetConn) resolve(ctx context.Context) {
	if !w.endpoint.lookup || time.Now().Before(w.nextLookup) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	ips, err := w.network.lookupHost(ctx, w.endpoint.host)
	if err == nil && len(ips) == 0 {
		err = fmt.Errorf("%s has no address", w.endpoint.host)
	}
	if err != nil {
		w.lookupErr = err
		w.nextLookup = time.Now().Add(lookupRetry)
		return
	}
	w.nextLookup = time.Now().Add(w.resolveInterval)
	addresses := make([]string, len(ips))
	for i, ip := range ips {
		addresses[i] = net.JoinHostPort(ip, w.endpoint.port)
	}
	if slices.Contains(addresses, w.address) {
		return
	}
	// Over UDP nobody tells that the server listens at another of its
	// addresses. Where there are both, it is the older kind that servers have.
	w.address = addresses[max(0, slices.IndexFunc(ips, isIPv4))]
	w.closeConn()
}

func isIPv4(ip string) bool {
	a, err := netip.ParseAddr(ip)
	return err == nil && a.Is4()
}

// Send sends a packet, for statsd.Sender. Nothing is tried twice: the next
// packet is as good.
func (w *packetConn) Send(packet []byte) (int, error) {
	lines := bytes.Count(packet, []byte("\n")) + 1
	if w.address == "" {
		w.deliveries.failed(lines, reasonResolve, w.lookupErr)
		return 0, w.lookupErr
	}
	err := w.write(packet)
	switch {
	case err == nil:
		w.deliveries.delivered(lines)
		return len(packet), nil
	case w.isAborted(): // Shutdown settles it
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.deliveries.failed(lines, reasonTimeout, err)
	default:
		w.deliveries.failed(lines, reasonSend, err)
		w.closeConn() // the server may be another one by now
	}
	return 0, err
}

func (w *packetConn) write(packet []byte) error {
	conn, err := w.connect()
	if err != nil {
		return err
	}
	if err := conn.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	_, err = conn.Write(packet)
	return err
}

// dialled returns the connection, which is made if there is none. That takes
// no time: there is no handshake.
func (w *packetConn) connect() (net.Conn, error) {
	w.mu.Lock()
	conn, aborted := w.conn, w.aborted
	w.mu.Unlock()
	switch {
	case aborted:
		return nil, net.ErrClosed
	case conn != nil:
		return conn, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeLimit)
	defer cancel()
	conn, err := w.network.dial(ctx, w.endpoint.network, w.address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.aborted {
		_ = conn.Close() // nothing was sent
		return nil, net.ErrClosed
	}
	w.conn = conn
	return conn, nil
}

// hangUp closes the connection, so that the next packet dials again.
func (w *packetConn) closeConn() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		_ = w.conn.Close() // there is nothing to lose
		w.conn = nil
	}
}

// abort ends what Send is waiting for, and all that would come.
func (w *packetConn) abort() {
	w.mu.Lock()
	w.aborted = true
	w.mu.Unlock()
	w.closeConn()
}

func (w *packetConn) isAborted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.aborted
}

// Close is for statsd.Sender and does nothing: the connection outlives the
// buffered sender of a flush.
func (w *packetConn) Close() error { return nil }
