package hooktest

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
)

// breakage is how a call ended that did not return.
type breakage struct {
	how   string // "panics: …" or "calls runtime.Goexit"
	stack string
}

// try calls f and returns nil if f does. It uses a goroutine of its own, for
// runtime.Goexit in f would end the test otherwise.
func try(f func()) (b *breakage) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		returned := false
		defer func() {
			if returned {
				return
			}
			b = &breakage{how: "calls runtime.Goexit"}
			if v := recover(); v != nil {
				b.how = "panics: " + quote(fmt.Sprint(v))
			}
			b.stack = userStack(string(debug.Stack()))
		}()
		f()
		returned = true
	}()
	<-over
	return b
}

// userStack cuts a stack down to the frames around the one that broke.
func userStack(stack string) string {
	const most = 2 << 10
	if _, below, ok := strings.Cut(stack, "\npanic("); ok {
		stack = "panic(" + below
	}
	return stack[:min(len(stack), most)]
}

// attempt calls f, a method of the hook, and reports if it breaks: with the
// method, what it met, and how to survive that. Each method is reported once.
func (s *subject) attempt(method, met, fix string, f func()) (returned bool) {
	s.t.Helper()
	b := try(f)
	if b != nil {
		s.report(method, met, fix, b)
	}
	return b == nil
}

func (s *subject) report(method, met, fix string, b *breakage) {
	s.t.Helper()
	s.broken.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.silent[method] {
		s.silent[method] = true
		s.t.Errorf("%s %s, %s. To fix: %s.\n%s", method, b.how, met, fix, b.stack)
	}
}

// tell calls one moment. If the hook breaks, it is renewed, so that the next
// call meets a healthy one; tell then returns false.
func (s *subject) tell(ctx context.Context, c call, e sample, met, fix string) (next context.Context, returned bool) {
	s.t.Helper()
	returned = s.attempt(c.method, met, fix, func() { next = c.do(ctx, e) })
	if !returned {
		s.renew()
	}
	return next, returned
}

// tellAll calls every moment once.
func (s *subject) tellAll(ctx context.Context, e sample, met, fix string) {
	s.t.Helper()
	for i := 0; i < len(s.calls); i++ { //nolint:intrange // tell may renew the calls
		if c := s.calls[i]; !s.silenced(c.method) {
			s.tell(ctx, c, e, met, fix)
		}
	}
}

func (s *subject) silenced(method string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.silent[method]
}
