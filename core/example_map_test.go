package core_test

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to call a function for every item of a slice.
func ExampleMap() {
	exec := core.NewExecutor(core.WithName("hash"))
	names := []string{"ada", "grace", "radia"}

	hashes, err := core.Map(context.Background(), exec, names, func(_ context.Context, name string) (string, error) {
		return fmt.Sprintf("%x", sha256.Sum256([]byte(name)))[:8], nil
	})

	fmt.Println(hashes, err) // in the order of the names
	// Output: [fdee430d e010fd1c 82b42bc5] <nil>
}
