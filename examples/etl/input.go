package main

import (
	"bufio"
	"io"
	"iter"
	"os"
	"sync/atomic"
)

// maxLine is the greatest length of an input line, in bytes.
const maxLine = 1 << 20

// input is the file of orders.
type input struct {
	io.ReadCloser
	size int64
	read atomic.Int64 // bytes so far
}

func open(path string) (*input, error) {
	file, err := os.Open(path) //nolint:gosec // G304: the file that the user names
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return &input{ReadCloser: file, size: info.Size()}, nil
}

// Read reads from the file and counts the bytes.
func (in *input) Read(p []byte) (int, error) {
	n, err := in.ReadCloser.Read(p)
	in.read.Add(int64(n))
	return n, err
}

// lines is the source of the stream: the lines of the file, and finally the
// error of reading it, if any.
func (in *input) lines() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, maxLine)
		for lines.Scan() {
			if !yield(lines.Text(), nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield("", err)
		}
	}
}
