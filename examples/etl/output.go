package main

import (
	"bufio"
	"errors"
	"os"
)

// output is a file of lines. It gets its name only when it is complete; until
// then the name belongs to the earlier file. It overwrites a partial file that
// a crash has left.
type output struct {
	path  string
	file  *os.File
	w     *bufio.Writer
	lines int
}

func create(path string) (*output, error) {
	file, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // G304: in the directory that the user names
	if err != nil {
		return nil, err
	}
	return &output{path: path, file: file, w: bufio.NewWriterSize(file, 1<<16)}, nil
}

// line writes a line and adds the line feed.
func (o *output) line(text []byte) error {
	o.lines++
	_, _ = o.w.Write(text) // the writer keeps its first error
	return o.w.WriteByte('\n')
}

// commit gives the file its name, after it is on the disk.
func (o *output) commit() error {
	if err := errors.Join(o.w.Flush(), o.file.Sync(), o.file.Close()); err != nil {
		return err
	}
	return os.Rename(o.file.Name(), o.path)
}

// discard removes the file unless it was committed.
func (o *output) discard() {
	if o.file.Close() == nil { // commit closes it, too
		_ = os.Remove(o.file.Name())
	}
}
