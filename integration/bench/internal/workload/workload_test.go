package workload

import (
	"slices"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/paired"
)

func TestQuickIsATenth(t *testing.T) {
	full, quick := All(false), All(true)
	for i, w := range quick {
		if len(w.Items)*10 != len(full[i].Items) || w.Name != full[i].Name || w.What == full[i].What {
			t.Errorf("%s: %d items of %d", w.Name, len(w.Items), len(full[i].Items))
		}
	}
	if !slices.IsSorted(quick[3].Items) || quick[3].Items[len(quick[3].Items)-1] < 2*quick[3].Items[0] {
		t.Error("the quick form of uneven items is not uneven, heavy last")
	}
	if got := everyTenth(Numbers(25)); !slices.Equal(got, []int{0, 10, 20}) {
		t.Errorf("every tenth of 25: %v", got)
	}
}

// TestBatches compares the loop with every chunk size, and MapChunks, with a
// for statement.
func TestBatches(t *testing.T) {
	for _, b := range Batches(true) {
		b.Items = b.Items[:105]
		want, err := paired.Sequential(t.Context(), b.Items, Steps(90))
		if err != nil {
			t.Fatal(err)
		}
		for _, chunk := range []int{1, 10, 1000} {
			if got, err := b.Loop(t.Context(), chunk); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s, chunks of %d: the results differ, error %v", b.Name, chunk, err)
			}
		}
		got, err := core.MapChunks(t.Context(), core.NewExecutor(core.WithWorkers(b.Workers)), b.Items, b.Do)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s, MapChunks: the results differ, error %v", b.Name, err)
		}
	}
}
