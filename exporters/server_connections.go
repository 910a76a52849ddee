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

// connLimiter limits the open connections of a server. At the limit, a new
// connection replaces the one that has been idle for longest, so that a flood of
// idle connections keeps no client out.
type connLimiter struct {
	mu      sync.Mutex
	open    map[net.Conn]*connState
	changes uint64 // of all connections
}

// connState is the state of an open connection.
type connState struct {
	requests   int    // that are being answered
	lastChange uint64 // the number of its last change of state or requests
}

type connKey struct{}

func newConnLimiter() *connLimiter { return &connLimiter{open: map[net.Conn]*connState{}} }

// limit makes srv keep the limit.
func (l *connLimiter) limit(srv *http.Server) {
	handler := srv.Handler
	srv.ConnState = l.track
	srv.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, conn)
	}
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _ := r.Context().Value(connKey{}).(net.Conn)
		l.addRequests(conn, 1)
		defer l.addRequests(conn, -1)
		handler.ServeHTTP(w, r)
	})
}

// track follows the state of a connection. The server calls it when a
// connection is new, before it is served, and when its state changes.
func (l *connLimiter) track(conn net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateNew:
		l.open[conn] = &connState{}
	case http.StateClosed, http.StateHijacked:
		delete(l.open, conn)
	}
	l.noteChange(conn, 0)
	if len(l.open) > maxConns {
		l.close(l.longestIdle(conn))
	}
}

func (l *connLimiter) addRequests(conn net.Conn, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noteChange(conn, n)
}

// noteChange notes a change of a connection, unless it was closed.
func (l *connLimiter) noteChange(conn net.Conn, requests int) {
	if s := l.open[conn]; s != nil {
		l.changes++
		s.lastChange = l.changes
		s.requests += requests
	}
}

// longestIdle returns the connection without requests whose last change is the
// oldest. It returns the newest connection if all others have requests.
func (l *connLimiter) longestIdle(newest net.Conn) net.Conn {
	idle := newest
	for conn, s := range l.open {
		if s.requests == 0 && s.lastChange < l.open[idle].lastChange {
			idle = conn
		}
	}
	return idle
}

func (l *connLimiter) close(conn net.Conn) {
	delete(l.open, conn)
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn() // tls.Conn.Close may wait for the client
	}
	_ = conn.Close() // the client is gone either way
}
