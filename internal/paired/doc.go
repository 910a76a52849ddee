// Package paired compares several ways of doing the same work inside one
// process, and reports ratios instead of nanoseconds.
//
// An ordinary benchmark run measures one variant for a while and then the next.
// A shared machine changes in between: a second core that comes and goes in
// phases of a tenth of a second to a second can make the same code look twice
// as slow. Ratios taken within a moment survive that; nanoseconds taken a
// second apart do not.
//
// # Method
//
//   - A round executes every variant once, in an order that is shuffled for
//     each round. The seed of the shuffling is printed.
//   - runtime.GC runs before each execution, so no variant pays for the
//     garbage of the one before it.
//   - The ratio of a variant is its time divided by the time of the base in
//     the same round. The reported number is the median of these ratios over
//     all rounds, with the quartiles beside it.
//   - The base also runs a second time in every round, under the label A/A.
//     Its ratio would be 1 on a perfect machine. Its distance from 1, and the
//     width of its quartiles, are the resolution of the whole table. Smaller
//     differences mean nothing.
//   - With [Options].Gate a probe of two goroutines runs before and after each
//     execution, and the sample is kept only if both probes saw two cores. A
//     rejected execution is repeated after some work on both cores, up to six
//     tries in total; then the sample is dropped. The table counts rejections
//     and drops.
//
// Dropping favours a variant that leaves much garbage. Its own background
// collection can fail the probe that follows it, so the remaining samples may
// look better than all of them would.
//
// # Use
//
// A benchmark calls [Compare] once, and each of the b.N iterations is a round:
//
//	func BenchmarkMap(b *testing.B) {
//		w := paired.TinyItems()
//		paired.Compare(b, paired.Options{Gate: w.Gate},
//			paired.Variant{Name: "loop", Run: func() { w.Loop(ctx) }},
//			paired.Variant{Name: "map", Bar: 1.10, Run: func() { /* ... */ }},
//		)
//	}
//
// The command line sets the number of rounds, for example
//
//	go test -run '^$' -bench Map -benchtime=30x
//
// The testing package always starts with one iteration, which doubles as the
// warm-up. A single round is a smoke test: it has no gate, no bar and no table.
// The process must run one benchmark at a time (the default). go test ./...
// runs several test binaries at once unless -p=1 is given, and they would
// disturb each other.
//
// A program that is not a test calls [Measure], which returns the rows and
// prints nothing.
//
// # Bars
//
// A [Variant] may have a bar, the highest acceptable ratio to the base. The
// table marks a median above it. If the environment variable CHUNKSCOPE_BARS is
// 1 and there were at least ten rounds, a missed bar also fails the benchmark.
// So does a bar with too few samples to decide: an enforced bar never passes
// without a measurement.
package paired
