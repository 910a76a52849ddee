// Package machine describes the machine of a measurement, and its load from
// other programs.
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

// Facts returns the properties that do not change.
func Facts() []report.Fact {
	return []report.Fact{
		{Name: "Go", Value: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		{Name: "Processor", Value: fmt.Sprintf("%s; %d processors, GOMAXPROCS %d", processor(read("/proc/cpuinfo")), runtime.NumCPU(), runtime.GOMAXPROCS(0))},
	}
}

// read returns the text of a file, or an empty text if it does not exist. The
// report then has less.
func read(name string) []byte {
	b, err := os.ReadFile(name) //nolint:gosec // G304: the names are constants of this package
	if err != nil {
		return nil
	}
	return b
}

// processor returns the name of the model in /proc/cpuinfo.
func processor(cpuinfo []byte) string {
	for line := range bytes.Lines(cpuinfo) {
		if name, value, ok := strings.Cut(string(line), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown model"
}

// Others returns the share of all processors, from 0 to 1, that other programs
// used while this program waited. It returns false if the system has no counts.
func Others(wait time.Duration) (share float64, ok bool) {
	busy, total := ticks(read("/proc/stat"))
	time.Sleep(wait)
	busyLater, totalLater := ticks(read("/proc/stat"))
	if totalLater <= total {
		return 0, false
	}
	return float64(busyLater-busy) / float64(totalLater-total), true
}

// ticks reads the first line of /proc/stat: the time in use, including that
// taken by the host, and the total time.
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
