package exporters

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
)

// setting names what configures a backend: an option in code, or an environment
// variable. Errors repeat the value of an option that is not secret, and never
// that of a variable.
type setting struct {
	name   string
	values string // what a variable may be set to; empty for an option
}

func optionSetting(format string, args ...any) setting {
	return setting{name: fmt.Sprintf(format, args...)}
}

func (s setting) isVariable() bool { return s.values != "" }

// mistake returns an error that says what is wrong with the setting, and how to
// fix it. For a variable, the fix is to set it to one of its values.
func (s setting) mistake(problem, fix string) error {
	if s.isVariable() {
		return s.wrap(errors.New(problem))
	}
	return s.wrap(fmt.Errorf("%s; %s", problem, fix))
}

// wrap names the setting in an error.
func (s setting) wrap(err error) error {
	if s.isVariable() {
		return fmt.Errorf("exporters: %s: %w; set it to %s", s.name, err, s.values)
	}
	return fmt.Errorf("exporters: %s: %w", s.name, err)
}

// problemOf returns what is wrong according to the error of a hook's
// constructor, "package: function: problem; fix in code". Who sets a variable
// uses no function, and its fix is another.
func problemOf(err error) error {
	text := err.Error()
	if parts := strings.SplitN(text, ": ", 3); len(parts) == 3 {
		text = parts[2]
	}
	problem, _, _ := strings.Cut(text, "; ")
	return errors.New(problem)
}

// wrapAny is wrap for an error that may be nil.
func (s setting) wrapAny(err error) error {
	if err == nil {
		return nil
	}
	return s.wrap(err)
}

// networkReason returns the system's reason in a network error, without the
// names and addresses that such errors repeat.
func networkReason(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return errors.New(dns.Err)
	}
	return errors.New("the address is unusable")
}
