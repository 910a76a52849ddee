package pty

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Run runs cmd on a terminal of its own and returns what it wrote. The exit
// status is no error, because a run with failures is worth showing, too; it is
// in cmd.ProcessState. The keys are typed one after the other.
func Run(cmd *exec.Cmd, columns, rows uint16, keys ...Key) ([]Write, error) {
	master, slave, err := openTerminal(columns, rows)
	if err != nil {
		return nil, fmt.Errorf("cannot open a terminal: %w", err)
	}
	defer func() { _ = master.Close() }()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	start := time.Now()
	err = cmd.Start()
	_ = slave.Close() // the program has it; reading ends once nobody has it any more
	if err != nil {
		return nil, err
	}
	var all []Write
	var sinceKey []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := master.Read(buffer)
		if n > 0 {
			all = append(all, Write{time.Since(start), append([]byte(nil), buffer[:n]...)})
			sinceKey = append(sinceKey, buffer[:n]...)
			if len(keys) > 0 && bytes.Contains(sinceKey, []byte(keys[0].After)) {
				if keys[0].Before != nil {
					keys[0].Before(text(all))
				}
				_, _ = master.WriteString(keys[0].Type) // it fails once the command has ended
				keys, sinceKey = keys[1:], nil
			}
		}
		if err != nil {
			break // EIO, which is the end of file of a terminal
		}
	}
	if err := cmd.Wait(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, errors.New("the command wrote nothing")
	}
	return all, nil
}

// text joins what was written.
func text(all []Write) string {
	var b strings.Builder
	for _, w := range all {
		_, _ = b.Write(w.Text)
	}
	return b.String()
}

// openTerminal opens a pseudoterminal, whose other side the program gets.
func openTerminal(columns, rows uint16) (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			_ = master.Close()
		}
	}()
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns}); err != nil {
		return nil, nil, err
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	return master, slave, err
}
