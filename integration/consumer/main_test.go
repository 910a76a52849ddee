package consumer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// What all tests share, set by TestMain.
var (
	released     *release
	otherMachine *machine
)

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		status = 1
	}
	os.Exit(status)
}

// run releases the checkout and runs the tests.
func run(m *testing.M) (status int, err error) {
	checkout, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "consumer")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if released, err = readRelease(checkout); err != nil {
		return 0, err
	}
	if otherMachine, err = newMachine(released, dir); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
