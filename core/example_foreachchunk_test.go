package core_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// database stands for a database that takes many rows in one statement.
type database struct {
	mu         sync.Mutex
	statements []string
}

func (d *database) insert(_ context.Context, rows []string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.statements = append(d.statements, "INSERT "+strings.Join(rows, ", "))
	return nil
}

// How to process many items in one call, such as a bulk insert.
func ExampleForEachChunk() {
	db := &database{}
	rows := []string{"a", "b", "c", "d", "e"}

	exec := core.NewExecutor(core.WithName("import"), core.WithChunkSize(2))
	err := core.ForEachChunk(context.Background(), exec, rows, db.insert)

	slices.Sort(db.statements) // chunks run side by side
	fmt.Println(strings.Join(db.statements, "\n"), err)
	// Output:
	// INSERT a, b
	// INSERT c, d
	// INSERT e <nil>
}
