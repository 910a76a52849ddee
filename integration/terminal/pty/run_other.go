//go:build !linux

package pty

import (
	"errors"
	"os/exec"
)

// Run needs Linux.
func Run(*exec.Cmd, uint16, uint16, ...Key) ([]Write, error) {
	return nil, errors.New("a terminal for a command needs Linux")
}
