// Package optcheck collects what is wrong with options, in one wording:
//
//	promhook: WithExpectedInterval(-1s): the interval is negative; give 0 or more
//
// An option calls its methods when it is applied, and the constructor looks at
// Err once all options were: a constructor that returns an error returns it,
// one that returns a value alone panics with it.
package optcheck

import (
	"errors"
	"fmt"
	"reflect"
)

// maxValue is how many characters of a value an error repeats.
const maxValue = 100

// Mistakes are the mistakes in the options of one constructor. Package begins
// each error.
type Mistakes struct {
	Package string

	errs []error
}

// Require notes a mistake unless ok: in an option, given with a value. Problem
// says what is wrong and, after a semicolon, what to do.
func (m *Mistakes) Require(ok bool, option string, value any, problem string) {
	if ok {
		return
	}
	text := fmt.Sprint(value)
	if s, isText := value.(string); isText {
		text = fmt.Sprintf("%.*q", maxValue, s)
	}
	m.errs = append(m.errs, fmt.Errorf("%s: %s(%s): %s", m.Package, option, cut(text), problem))
}

// Secret is Require for an option whose value must not be repeated.
func (m *Mistakes) Secret(ok bool, option, problem string) {
	if !ok {
		m.errs = append(m.errs, fmt.Errorf("%s: %s: %s", m.Package, option, problem))
	}
}

// NotTypedNil notes a mistake if value is a nil pointer, map, function or
// channel in an interface: it looks like a value and is none. A plain nil is
// no mistake, it keeps the default.
func (m *Mistakes) NotTypedNil(option string, value any) {
	if v := reflect.ValueOf(value); v.IsValid() && nilable(v.Kind()) && v.IsNil() {
		m.Require(false, option, typedNil(fmt.Sprintf("nil %T", value)), "the value is a typed nil; leave the option out, or give a real one")
	}
}

// typedNil is a text that is not quoted.
type typedNil string

func nilable(k reflect.Kind) bool {
	switch k {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return true
	}
	return false
}

// Add notes an error that is complete as it is.
func (m *Mistakes) Add(err error) {
	if err != nil {
		m.errs = append(m.errs, err)
	}
}

// Err returns all mistakes, joined in the order of the options, nil if there
// are none.
func (m *Mistakes) Err() error { return errors.Join(m.errs...) }

func cut(text string) string {
	if r := []rune(text); len(r) > maxValue+2 { // two for the quotes
		return string(r[:maxValue]) + "…"
	}
	return text
}
