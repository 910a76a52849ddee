// Package machine tells what a measurement was taken on, and whether somebody
// else was using it.
package machine

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
)

// Facts are those that do not change.
func Facts() []report.Fact {
	return []report.Fact{
		{Name: "Go", Value: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		{Name: "Processor", Value: fmt.Sprintf("%s; %d processors, GOMAXPROCS %d", processor(read("/proc/cpuinfo")), runtime.NumCPU(), runtime.GOMAXPROCS(0))},
	}
}

// read returns a file, or nothing where there is none: then less is told.
func read(name string) []byte {
	b, err := os.ReadFile(name) //nolint:gosec // G304: the names are constants of this package
	if err != nil {
		return nil
	}
	return b
}

// processor finds the model's name in /proc/cpuinfo.
func processor(cpuinfo []byte) string {
	for line := range bytes.Lines(cpuinfo) {
		if name, value, ok := strings.Cut(string(line), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown model"
}

// Others returns the share of all processors that was in use while this program
// did nothing for so long, from 0 to 1; false where nobody counts.
func Others(wait time.Duration) (share float64, ok bool) {
	busy, total := ticks(read("/proc/stat"))
	time.Sleep(wait)
	busyLater, totalLater := ticks(read("/proc/stat"))
	if totalLater <= total {
		return 0, false
	}
	return float64(busyLater-busy) / float64(totalLater-total), true
}

// ticks reads the first line of /proc/stat: time in use, what the host took
// included, and all time.
func ticks(stat []byte) (busy, total uint64) {
	line, _, _ := strings.Cut(string(stat), "\n")
	s := bufio.NewScanner(strings.NewReader(strings.TrimPrefix(line, "cpu ")))
	s.Split(bufio.ScanWords)
	for i := 0; i < 8 && s.Scan(); i++ { // user nice system idle iowait irq softirq steal
		n, err := strconv.ParseUint(s.Text(), 10, 64)
		if err != nil {
			return 0, 0
		}
		total += n
		if i != 3 && i != 4 {
			busy += n
		}
	}
	return busy, total
}
