package promhook

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
)

// WriteTextfile writes the hook's metrics to a file that the textfile collector
// of node_exporter reads. For a job that belongs to one machine that is better
// than a Pushgateway. The file's name must end in .prom.
//
// The file has the series with an executor label only. node_exporter scrapes all
// files of its directory as one target, and rejects series that two of them
// share: the files of two jobs would share build_info and the health of hooks.
// Executors of two jobs on one machine need different names, or their hooks
// different [WithConstLabels].
//
// The file is replaced as a whole, even if the machine fails meanwhile. If
// WriteTextfile returns an error, the former file stays as it was. The time of
// the last success is left out until a run of this process has succeeded, so
// that the last value a server has seen stays.
func (h *Hook) WriteTextfile(path string) error {
	if filepath.Ext(path) != ".prom" {
		return fmt.Errorf("promhook: WriteTextfile(%q): node_exporter reads only files named *.prom; give the name that ending", path)
	}
	if err := h.writeTextfile(path); err != nil {
		return fmt.Errorf("promhook: cannot write %s: %w", path, err)
	}
	return nil
}

func (h *Hook) writeTextfile(path string) error {
	// The new file is written in a directory of its own, on the same disk: a
	// failure leaves nothing behind for node_exporter to read.
	dir, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // an empty hidden directory is harmless
	file := filepath.Join(dir, "metrics")
	metrics := prometheus.CollectorFunc(func(ch chan<- prometheus.Metric) {
		for _, x := range h.metrics.executors.All() {
			x.collectKnown(ch)
		}
	})
	if err := prometheus.WriteToTextfile(file, gathererOf(metrics)); err != nil {
		return err
	}
	if err := syncFile(file); err != nil {
		return err
	}
	return os.Rename(file, path)
}

// syncFile writes a file through to the disk. Without it a crash could leave the
// new name with nothing in it.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // a path of ours, below the directory that the caller named
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
