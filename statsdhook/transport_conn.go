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
	// writeLimit is how long a write may take. Only a full unix socket, whose
	// server does not read, makes it wait.
	writeLimit = 100 * time.Millisecond
	// lookupLimit is how long a look-up may take.
	lookupLimit = 3 * time.Second
	// lookupRetry is the time from a failed look-up to the next one.
	lookupRetry = 5 * time.Second
)

// packetConn sends packets to the server and settles their lines. It is the
// inner sender of the cactus library's buffered sender, which ignores the errors
// of Send. Only abort is called concurrently with other methods.
type packetConn struct {
	endpoint        endpoint
	network         network
	resolveInterval time.Duration
	deliveries      *deliveryLog

	address    string // to dial; empty while the host has no known IP address
	lookupErr  error
	nextLookup time.Time

	mu      sync.Mutex
	conn    net.Conn // nil until the next dial
	aborted bool
}

func newPacketConn(e endpoint, c *config, l *deliveryLog) *packetConn {
	conn := &packetConn{endpoint: e, network: c.network, resolveInterval: c.resolveInterval, deliveries: l}
	if !e.lookup {
		conn.address = e.address
	}
	return conn
}

// resolve looks up the server's addresses when that is due. It keeps the current
// address if the look-up fails or finds it again.
func (c *packetConn) resolve(ctx context.Context) {
	if !c.endpoint.lookup || time.Now().Before(c.nextLookup) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	ips, err := c.network.lookupHost(ctx, c.endpoint.host)
	if err == nil && len(ips) == 0 {
		err = fmt.Errorf("%s has no address", c.endpoint.host)
	}
	if err != nil {
		c.lookupErr = err
		c.nextLookup = time.Now().Add(lookupRetry)
		return
	}
	c.nextLookup = time.Now().Add(c.resolveInterval)
	addresses := make([]string, len(ips))
	for i, ip := range ips {
		addresses[i] = net.JoinHostPort(ip, c.endpoint.port)
	}
	if slices.Contains(addresses, c.address) {
		return
	}
	// UDP does not report that the server listens at another of its addresses.
	// Most servers listen at IPv4.
	c.address = addresses[max(0, slices.IndexFunc(ips, isIPv4))]
	c.closeConn()
}

func isIPv4(ip string) bool {
	a, err := netip.ParseAddr(ip)
	return err == nil && a.Is4()
}

// Send sends a packet, for statsd.Sender. It does not retry.
func (c *packetConn) Send(packet []byte) (int, error) {
	lines := bytes.Count(packet, []byte("\n")) + 1
	if c.address == "" {
		c.deliveries.failed(lines, reasonResolve, c.lookupErr)
		return 0, c.lookupErr
	}
	err := c.write(packet)
	switch {
	case err == nil:
		c.deliveries.delivered(lines)
		return len(packet), nil
	case c.isAborted(): // Shutdown settles the lines
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.deliveries.failed(lines, reasonTimeout, err)
	default:
		c.deliveries.failed(lines, reasonSend, err)
		c.closeConn() // a new server may have taken the address or the socket
	}
	return 0, err
}

func (c *packetConn) write(packet []byte) error {
	conn, err := c.connect()
	if err != nil {
		return err
	}
	if err := conn.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	_, err = conn.Write(packet)
	return err
}

// connect returns the connection and dials if there is none. Neither UDP nor a
// unix datagram socket has a handshake to wait for.
func (c *packetConn) connect() (net.Conn, error) {
	c.mu.Lock()
	conn, aborted := c.conn, c.aborted
	c.mu.Unlock()
	switch {
	case aborted:
		return nil, net.ErrClosed
	case conn != nil:
		return conn, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeLimit)
	defer cancel()
	conn, err := c.network.dial(ctx, c.endpoint.network, c.address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.aborted {
		_ = conn.Close() // an error loses nothing, as nothing was sent
		return nil, net.ErrClosed
	}
	c.conn = conn
	return conn, nil
}

// closeConn closes the connection, so that the next packet dials again.
func (c *packetConn) closeConn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.Close() // an error loses nothing, as writes are not buffered
		c.conn = nil
	}
}

// abort ends a Send that waits and makes all later ones fail.
func (c *packetConn) abort() {
	c.mu.Lock()
	c.aborted = true
	c.mu.Unlock()
	c.closeConn()
}

func (c *packetConn) isAborted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.aborted
}

// Close does nothing; statsd.Sender has it. The connection outlives the buffered
// sender of a flush.
func (c *packetConn) Close() error { return nil }
