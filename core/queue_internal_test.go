package core

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestQueue compares a queue with a slice under random operations.
func TestQueue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var q queue[int]
	var want []int
	for i := range 10_000 {
		switch random.IntN(5) {
		case 0, 1:
			q.push(i)
			want = append(want, i)
		case 2:
			q.pushFirst(i)
			want = slices.Insert(want, 0, i)
		case 3:
			if k := len(want); k > 0 {
				k = random.IntN(k)
				q.insertAfter(want[k], i)
				want = slices.Insert(want, k+1, i)
			}
		default:
			if len(want) > 0 {
				if got := q.pop(); got != want[0] {
					t.Fatalf("step %d: popped %d, want %d", i, got, want[0])
				}
				want = want[1:]
			}
		}
		if q.len() != len(want) || len(want) > 0 && q.first() != want[0] {
			t.Fatalf("step %d: %d elements, want %v", i, q.len(), want)
		}
	}
}
