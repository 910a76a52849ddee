//go:build !linux

package main

import (
	"errors"
	"os/exec"
)

func onTerminal(*exec.Cmd, uint16, uint16) ([]write, error) {
	return nil, errors.New("recording needs Linux")
}
