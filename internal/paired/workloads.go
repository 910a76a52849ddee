package paired

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// A Workload is a kind of work on which chunked loops are compared. Together
// the five workloads punish every fixed chunk size: a size that is right for
// one is wrong by a factor for another.
//
// Except for sleeping, work is a number of dependent multiply-adds and not a
// duration. A loop that watches the clock until a microsecond is over does less
// work when its core is taken away, and so hides what the comparison should
// show. A multiply-add takes a little over 1 ns at about 3 GHz; the durations
// named below are those of the counts on such a machine.
type Workload struct {
	Name  string
	Items []int
	Do    func(ctx context.Context, item int) (uint64, error)

	// Workers is the number of goroutines. Gate reports whether they keep two
	// cores computing; it is meant for Options.Gate.
	Workers int
	Gate    bool

	// Chunk is the best of the fixed chunk sizes 1, 64 and 1024 for this
	// workload: the choice of a programmer who knows the work.
	Chunk int
}

// Loop does the work with the reference loop and the best chunk size. It is the
// base of comparisons. The results are those of Do, in order.
func (w Workload) Loop(ctx context.Context) ([]uint64, error) {
	return Loop(ctx, w.Workers, w.Chunk, w.Items, w.Do)
}

const (
	tinySteps  = 2      // about 2 ns
	spinSteps  = 900    // about 1 µs
	lightSteps = 11_000 // about 12 µs: the lightest Pareto item; the mean is 3.8 times this

	paretoAlpha = 1.3
	paretoCap   = 400 // times the lightest item: about 4.8 ms
	paretoSeed  = 1
)

// Workloads returns the five workloads in full size.
func Workloads() []Workload {
	return []Workload{TinyItems(), SpinItems(), HeavyFirst(), HeavyLast(), Sleeping()}
}

// TinyItems is a million items of two multiply-adds each, nothing but overhead.
// Large chunks are the fastest.
func TinyItems() Workload {
	return Workload{Name: "tiny", Items: numbers(1_000_000), Do: TwoMulAdds, Workers: 2, Gate: true, Chunk: 1024}
}

// SpinItems is 100,000 items of about one microsecond each. A goroutine per
// item is still too much.
func SpinItems() Workload {
	return Workload{Name: "spin", Items: numbers(100_000), Do: Spin, Workers: 2, Gate: true, Chunk: 64}
}

// HeavyFirst is 10,000 items of very unequal weight, about 45 µs in the mean,
// sorted with the heaviest first. It punishes large chunks at the start, such
// as an even split among the workers.
func HeavyFirst() Workload {
	items := ParetoItems(10_000, paretoSeed)
	slices.Reverse(items)
	return Workload{Name: "heavy-first", Items: items, Do: Burn, Workers: 2, Gate: true, Chunk: 1}
}

// HeavyLast is the same items with the heaviest at the end. It punishes large
// chunks at the end, which leave one worker with a lot of work alone.
func HeavyLast() Workload {
	return Workload{Name: "heavy-last", Items: ParetoItems(10_000, paretoSeed), Do: Burn, Workers: 2, Gate: true, Chunk: 1}
}

// Sleeping is 2,000 items that wait a millisecond each, for 64 workers: work
// that waits for a service. It needs no core, and chunks of more than one item
// only make it slower.
func Sleeping() Workload {
	return Workload{Name: "sleep", Items: numbers(2_000), Do: Sleep, Workers: 64, Chunk: 1}
}

// TwoMulAdds is an item of TinyItems.
func TwoMulAdds(_ context.Context, item int) (uint64, error) {
	return mulAdds(uint64(item), tinySteps), nil
}

// Spin is an item of SpinItems.
func Spin(_ context.Context, item int) (uint64, error) {
	return mulAdds(uint64(item), spinSteps), nil
}

// Burn is an item of HeavyFirst and HeavyLast. The item is its own weight, the
// number of multiply-adds.
func Burn(_ context.Context, item int) (uint64, error) {
	return mulAdds(uint64(item), item), nil
}

// Sleep is an item of Sleeping: one millisecond, plus the delay of the timers
// of the machine.
func Sleep(_ context.Context, item int) (uint64, error) {
	time.Sleep(time.Millisecond)
	return uint64(item), nil
}

// ParetoItems returns n weights in multiply-adds, ascending, drawn from a
// Pareto distribution with shape 1.3. They are cut off at 400 times the
// lightest possible item. Most items are light, and a few make up much of the
// work. Equal seeds give equal items.
func ParetoItems(n int, seed uint64) []int {
	rng := rand.New(rand.NewPCG(seed, 0))
	items := make([]int, n)
	for i := range items {
		uniform := 1 - rng.Float64() // in (0, 1]
		weight := min(math.Pow(uniform, -1/paretoAlpha), paretoCap)
		items[i] = int(weight * lightSteps)
	}
	slices.Sort(items)
	return items
}

// mulAdds does n multiply-adds. Each needs the result of the one before it, so
// the time is proportional to n. The constants are those of Knuth's generator
// MMIX.
//
//go:noinline
func mulAdds(x uint64, n int) uint64 {
	for range n {
		x = x*6364136223846793005 + 1442695040888963407
	}
	return x
}

// numbers returns 0..n-1.
func numbers(n int) []int {
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	return items
}
