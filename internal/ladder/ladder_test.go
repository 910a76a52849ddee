package ladder_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/chunkscope/chunkscope/internal/ladder"
)

func TestLadders(t *testing.T) {
	for _, c := range []struct {
		name        string
		get         func() []float64
		first, last float64
	}{
		{"chunk", ladder.Chunk, 100e-6, 3600},
		{"run", ladder.Run, 0.1, 24 * 3600},
		{"chunk size", ladder.ChunkSize, 1, 1e6},
	} {
		t.Run(c.name, func(t *testing.T) {
			steps := c.get()
			if got := steps[0]; got != c.first {
				t.Errorf("begins at %v, want %v", got, c.first)
			}
			if got := steps[len(steps)-1]; got != c.last {
				t.Errorf("ends at %v, want %v", got, c.last)
			}
			for i := 1; i < len(steps); i++ {
				if ratio := steps[i] / steps[i-1]; ratio < 2 || ratio > 4 {
					t.Errorf("%v follows %v: a factor of %.2f, want about 3", steps[i], steps[i-1], ratio)
				}
			}
			if len(steps) > 16 {
				t.Errorf("%d buckets, want at most 16: each is a series per executor", len(steps))
			}
			steps[0] = -1
			if c.get()[0] == -1 {
				t.Error("callers share one slice")
			}
		})
	}
}

// TestStatsDMapping checks that the statsd_exporter's mapping has the same
// buckets.
func TestStatsDMapping(t *testing.T) {
	mapping, err := os.ReadFile("../../docs/statsd_mapping.yml")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]float64{} // by the YAML anchor, which other mappings refer to
	all := regexp.MustCompile(`(?:&(\w+)\s+)?buckets: (\[[^\]]*\])`).FindAllSubmatch(mapping, -1)
	for _, m := range all {
		var buckets []float64
		if err := json.Unmarshal(m[2], &buckets); err != nil {
			t.Fatalf("%s: %v", m[2], err)
		}
		found[string(m[1])] = buckets
	}
	if len(all) != 2 || !slices.Equal(found["chunk"], ladder.Chunk()) || !slices.Equal(found["run"], ladder.Run()) {
		t.Errorf("the mapping has %v, want chunk %v and run %v", found, ladder.Chunk(), ladder.Run())
	}
}
