//go:build !race

package remote_test

import (
	"context"
	"testing"

	"github.com/chunkscope/chunkscope/internal/paired"
)

// BenchmarkServe compares the context of a served chunk with a context.WithValue of the
// same data. A thousand of them are a round: so many microseconds are nanoseconds each.
func BenchmarkServe(b *testing.B) {
	type key struct{}
	info := testInfo()
	thousand := func(one func()) func() {
		return func() {
			for range 1000 {
				one()
			}
		}
	}
	paired.Compare(b, paired.Options{},
		paired.Variant{Name: "WithValue", Run: thousand(func() {
			_ = context.WithValue(context.Background(), key{}, testInfo()).Value(key{})
		})},
		paired.Variant{Name: "Serve", Run: thousand(func() { serve(info) })})
}
