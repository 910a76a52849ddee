package promhook

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
)

// WriteTextfile writes the hook's metrics to a file that node_exporter's
// textfile collector reads: a job that belongs to one machine is better seen
// there than through a Pushgateway. The name must end in .prom.
//
// The file appears at once and as a whole, also if the machine fails meanwhile;
// where WriteTextfile fails, a former file stays as it was. The time of the last
// success is left out until a run of this process succeeded, so that the last
// value a server has seen stays the time of the last success.
func (h *Hook) WriteTextfile(path string) error {
	if filepath.Ext(path) != ".prom" {
		return fmt.Errorf("promhook: WriteTextfile(%q): node_exporter reads no file whose name does not end in .prom", path)
	}
	if err := h.writeTextfile(path); err != nil {
		return fmt.Errorf("promhook: cannot write %s: %w", path, err)
	}
	return nil
}

func (h *Hook) writeTextfile(path string) error {
	// In a directory of its own, on the same disk, the new file has any name
	// and leaves nothing behind.
	dir, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left of it harms nobody
	file := filepath.Join(dir, "metrics")
	metrics := prometheus.CollectorFunc(func(ch chan<- prometheus.Metric) {
		h.metrics.collectProcess(ch)
		for _, x := range h.metrics.executors.All() {
			x.collectInto(ch, true)
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

// toDisk makes sure that a file is on the disk, lest a crash leave the new name
// with nothing in it.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the path is ours, below the directory the caller named
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
