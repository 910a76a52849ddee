package paired

import (
	"fmt"
	"testing"
)

// BenchmarkReference compares the fixed chunk sizes of the reference loop with
// the best size that each workload names. It shows whether that choice is still
// right, and the resolution that the machine allows.
func BenchmarkReference(b *testing.B) {
	for _, w := range Workloads() {
		b.Run(w.Name, func(b *testing.B) {
			ctx := b.Context()
			check := func(_ []uint64, err error) {
				if err != nil {
					b.Error(err)
				}
			}
			base := Variant{Name: fmt.Sprintf("fixed%d", w.Chunk), Run: func() { check(w.Loop(ctx)) }}
			var others []Variant
			for _, chunk := range []int{1, 64, 1024} {
				if chunk == w.Chunk {
					continue
				}
				others = append(others, Variant{
					Name: fmt.Sprintf("fixed%d", chunk),
					Run:  func() { check(Loop(ctx, w.Workers, chunk, w.Items, w.Do)) },
				})
			}
			if w.Gate { // it would sleep for two seconds otherwise
				others = append(others, Variant{
					Name:    "sequential",
					Run:     func() { check(Sequential(ctx, w.Items, w.Do)) },
					Ungated: true,
				})
			}
			Compare(b, Options{Gate: w.Gate}, base, others...)
		})
	}
}
