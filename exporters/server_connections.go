package exporters

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// maxConns is how many connections the server has at once.
const maxConns = 64

// connections keeps the connections of a server at a limit. Whoever holds
// connections and asks for nothing loses them to those who come later, so that
// a flood of them keeps nobody out.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]*standing
	seq  uint64
}

// standing is how many requests of a connection are being answered, and when
// that or its state last changed.
type standing struct {
	requests int
	changed  uint64
}

type connKey struct{}

// limit has srv keep the limit.
func (c *connections) limit(srv *http.Server) {
	handler := srv.Handler
	srv.ConnState = c.track
	srv.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, conn)
	}
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _ := r.Context().Value(connKey{}).(net.Conn)
		c.answering(conn, 1)
		defer c.answering(conn, -1)
		handler.ServeHTTP(w, r)
	})
}

// track is called when a connection is new, before it is served, and when its
// state changes.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		c.open[conn] = &standing{}
	case http.StateClosed, http.StateHijacked:
		delete(c.open, conn)
	}
	c.touch(conn, 0)
	if len(c.open) > maxConns {
		c.close(c.leastUseful(conn))
	}
}

func (c *connections) answering(conn net.Conn, requests int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.touch(conn, requests)
}

// touch notes a change of a connection, unless it was closed.
func (c *connections) touch(conn net.Conn, requests int) {
	if s := c.open[conn]; s != nil {
		c.seq++
		s.changed = c.seq
		s.requests += requests
	}
}

// leastUseful returns the connection on which nothing has happened for longest,
// or the newcomer if requests on all others are being answered.
func (c *connections) leastUseful(newcomer net.Conn) net.Conn {
	least := newcomer
	for conn, s := range c.open {
		if s.requests == 0 && s.changed < c.open[least].changed {
			least = conn
		}
	}
	return least
}

func (c *connections) close(conn net.Conn) {
	delete(c.open, conn)
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn() // its own Close may wait to say goodbye
	}
	_ = conn.Close() // nobody is left to tell
}
