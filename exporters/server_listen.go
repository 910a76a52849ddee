package exporters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"syscall"
	"time"
)

// listenInterval is the time between two attempts to take the address.
const listenInterval = 250 * time.Millisecond

// open takes the address. If it may become free, that is no error: serve tries
// again.
func (s *server) open(ctx context.Context, listen listenFunc) error {
	s.listen = listen
	err := s.takeAddress(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() == nil && mayBecomeFree(err):
		s.log(slog.LevelWarn, "exporters: no metrics are served yet, because the address cannot be taken; the suite tries again until Shutdown",
			"setting", s.setting.name, "error", networkReason(err), "fix", "end the other program that uses the address, or choose another; port 0 is any that is free")
		return nil
	}
	return s.setting.wrap(fmt.Errorf("cannot listen there: %w; choose another address, or port 0 for any that is free", networkReason(err)))
}

// takeAddress tries to listen once.
func (s *server) takeAddress(ctx context.Context) error {
	l, err := s.listen(ctx, "tcp", net.JoinHostPort(s.host, s.port))
	if err != nil {
		return err
	}
	addr := l.Addr().String()
	s.listener = l
	s.addr.Store(&addr)
	return nil
}

// waitForAddress takes the address as soon as it is free, unless that is done. It
// reports whether the server listens; it gives up at the end of ctx.
func (s *server) waitForAddress(ctx context.Context) bool {
	if s.listener != nil {
		return true
	}
	for {
		select {
		case <-time.After(listenInterval):
		case <-ctx.Done():
			return false
		}
		if s.takeAddress(ctx) == nil {
			s.log(slog.LevelInfo, "exporters: the address is free, and metrics are served", "setting", s.setting.name)
			return true
		}
	}
}

// mistakenAddresses are the system's reasons for which an address is not taken
// later either. All others, such as a port in use, an address that the machine
// does not have yet, or too many open files, may pass.
var mistakenAddresses = []syscall.Errno{syscall.EACCES, syscall.EPERM, syscall.EAFNOSUPPORT, syscall.EINVAL}

// mayBecomeFree reports whether an address that could not be taken may be taken
// later.
func mayBecomeFree(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.IsTemporary || dns.IsTimeout
	}
	errno, ok := errors.AsType[syscall.Errno](err)
	return ok && !slices.Contains(mistakenAddresses, errno)
}
