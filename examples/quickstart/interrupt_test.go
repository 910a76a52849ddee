package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/fstest"
)

// stoppingFS cancels a context as the Go file that is number at is opened, and
// keeps later ones waiting for that.
type stoppingFS struct {
	fs.FS
	at      int64
	cancel  context.CancelFunc
	stopped <-chan struct{}
	opened  atomic.Int64
}

func (s *stoppingFS) Open(name string) (fs.File, error) {
	if path.Ext(name) == ".go" && s.opened.Add(1) >= s.at {
		s.cancel()
		<-s.stopped
	}
	return s.FS.Open(name)
}

func TestInterruptedRun(t *testing.T) {
	const files, stopAt = 1000, 50
	tree := make(fstest.MapFS)
	for i := range files {
		tree[fileName(i)] = &fstest.MapFile{Data: []byte(source)}
	}
	for _, workers := range []int{1, 4} {
		t.Run(strconv.Itoa(workers), func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			root := &stoppingFS{FS: tree, at: stopAt, cancel: cancel, stopped: ctx.Done()}
			var stdout, stderr bytes.Buffer
			err := scan(ctx, root, settings{workers: workers}, &stdout, &stderr)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want a cancellation", err)
			}
			// What was begun is finished and counted, and nothing else.
			done := int(root.opened.Load())
			if workers == 1 && done != stopAt {
				t.Errorf("read %d files, want %d", done, stopAt)
			}
			wantRows(t, stdout.String(), map[string]string{
				"outcome": "canceled",
				"files":   fmt.Sprintf("%d of 1,000, 0 failed", done),
				"lines":   decimal(10 * done),
			})
		})
	}
}

func TestInterruptedBeforeTheRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	if status := run(ctx, []string{"-root", t.TempDir()}, &stdout, &stderr); status != exitInterrupted {
		t.Errorf("exit status %d, want %d", status, exitInterrupted)
	}
	if stdout.Len() > 0 {
		t.Errorf("a summary of nothing:\n%s", &stdout)
	}
}
