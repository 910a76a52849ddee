// Package paired compares several ways of doing the same work inside one
// process, and reports ratios instead of nanoseconds.
//
// It exists because an ordinary benchmark run measures one variant for a while
// and then the next one, and a shared machine does not stay the same in
// between: a second core that comes and goes in phases of a tenth of a second
// to a second is enough to make the same code look twice as slow. Ratios taken
// within a moment survive that; nanoseconds taken a second apart do not.
//
// # Method
//
//   - A round executes every variant once, in an order shuffled anew for each
//     round. The seed of the shuffling is printed.
//   - runtime.GC runs before each execution, so that no variant pays for the
//     garbage of the one before it.
//   - The ratio of a variant is its time divided by the time of the base in
//     the same round. The reported number is the median of these ratios over
//     all rounds, with the quartiles beside it.
//   - The base also runs a second time in every round under the label A/A.
//     Its ratio would be 1 on a perfect machine; how far it is from 1, and how
//     wide its quartiles are, is the resolution of the whole table. Smaller
//     differences mean nothing.
//   - With [Options].Gate a probe of two goroutines runs before and after each
//     execution, and the sample is kept only if both probes saw two cores. A
//     rejected execution is repeated after some work on both cores, up to six
//     tries in total; then the sample is dropped. Rejections and drops are
//     counted in the table.
//
// Dropping is not neutral towards a variant that leaves much garbage: its own
// background collection can fail the probe that follows it, so the samples
// that are left may flatter it.
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
// The number of rounds is chosen on the command line, for example
//
//	go test -run '^$' -bench Map -benchtime=30x
//
// The testing package always starts with one iteration, which doubles as the
// warm-up: a single round is a smoke test, neither gated nor held to a bar,
// and prints no table. The process must run one benchmark at a time (the
// default): go test ./... runs several test binaries at once unless -p=1 is
// given, and they would disturb each other.
//
// A program that is no test calls [Measure], which returns the rows and prints
// nothing.
//
// # Bars
//
// A [Variant] may carry a bar, the highest ratio to the base that is
// acceptable. A median above it is marked in the table. If the environment
// variable CHUNKSCOPE_BARS is 1 and there were at least ten rounds, it also
// fails the benchmark, and so does a bar for which too few samples were kept
// to tell: an enforced bar is never passed by not measuring.
package paired
