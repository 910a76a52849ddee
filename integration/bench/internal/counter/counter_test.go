package counter

import (
	"errors"
	"math"
	"testing"
)

// scripted is a counter that the work itself advances.
type scripted struct {
	count uint64
	err   error
}

func (s *scripted) read() (uint64, error) { return s.count, s.err }
func (*scripted) close()                  {}

// TestDifference has runs with a fixed part, which must cancel out, and runs
// that grow, which must appear as spread.
func TestDifference(t *testing.T) {
	c := &scripted{}
	median, spread, err := difference(c, func(chunks int) { c.count += 12_345 + uint64(chunks)*321 })
	if err != nil || median != 321 || spread != 0 {
		t.Errorf("%v per chunk, spread %v, error %v; want 321 exactly", median, spread, err)
	}
	ran := uint64(0)
	_, spread, err = difference(c, func(chunks int) { ran++; c.count += uint64(chunks) * (100 + ran) })
	if err != nil || spread <= steady {
		t.Errorf("spread %v of a run that grows by a percent each time, error %v", spread, err)
	}
	if _, _, err := difference(&scripted{err: errors.New("gone")}, func(int) {}); err == nil {
		t.Error("a counter that cannot be read counts")
	}
	if math.IsNaN(spread) {
		t.Error("spread is no number")
	}
}

// TestInstructionsOrAReason runs the part on this machine. It must have numbers
// or a reason.
func TestInstructionsOrAReason(t *testing.T) {
	table, err := count(instructions)
	if err == nil && len(table.Rows) == 0 {
		t.Error("neither a number nor a reason")
	}
	if err != nil {
		t.Logf("no counter of instructions here: %v", err)
	}
}
