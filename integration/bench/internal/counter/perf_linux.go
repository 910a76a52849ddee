package counter

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kind is the event to count.
type kind struct {
	class  uint32
	config uint64
	name   string
}

// The kinds. The kernel counts the task clock, so it exists on every machine;
// tests use it.
var (
	instructions = kind{unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_INSTRUCTIONS, "instructions"}
	taskClock    = kind{unix.PERF_TYPE_SOFTWARE, unix.PERF_COUNT_SW_TASK_CLOCK, "task clock"}
)

// perf counts for every thread of the process. It has one counter for each
// existing thread, and threads that they start inherit it.
type perf []int

// open starts counters for this process, in user mode only.
func open(k kind) (reader, error) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil, err
	}
	attr := unix.PerfEventAttr{
		Type: k.class, Config: k.config, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Bits: unix.PerfBitInherit | unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv,
	}
	var p perf
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			continue
		}
		fd, err := unix.PerfEventOpen(&attr, id, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
		if err != nil {
			p.close()
			return nil, fmt.Errorf("the kernel gives no counter of %s: %w", k.name, err)
		}
		p = append(p, fd)
	}
	return p, nil
}

func (p perf) read() (sum uint64, err error) {
	var count [8]byte
	for _, fd := range p {
		if _, err := unix.Read(fd, count[:]); err != nil {
			return 0, fmt.Errorf("reading a counter: %w", err)
		}
		sum += binary.NativeEndian.Uint64(count[:])
	}
	return sum, nil
}

func (p perf) close() {
	for _, fd := range p {
		_ = unix.Close(fd) // already read
	}
}
