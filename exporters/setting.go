package exporters

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// source is what gave a setting: an option in code, or a variable of the
// environment, whose value is in no error.
type source struct {
	name string
	want string // what a variable may be set to; empty for an option
}

func option(format string, args ...any) source { return source{name: fmt.Sprintf(format, args...)} }

// secret tells whether the value must not be shown.
func (s source) secret() bool { return s.want != "" }

// refuse says what is wrong with a setting.
func (s source) refuse(err error) error {
	if s.secret() {
		return fmt.Errorf("exporters: %s: %w; set it to %s", s.name, err, s.want)
	}
	return fmt.Errorf("exporters: %s: %w", s.name, err)
}

// reason returns what the system has to say in an error, without the names and
// addresses that errors repeat.
func reason(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return errors.New(dns.Err)
	}
	return errors.New("it cannot be used")
}
