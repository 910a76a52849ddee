package snippets

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/chunkscope/chunkscope/core"
)

// File is an item: it names the data.
type File struct{ Path string }

// Checksum is the result for a File.
type Checksum struct {
	Path string
	Sum  [sha256.Size]byte
}

// checksum is the work on a chunk. It captures no variables, so another process
// can run it too.
func checksum(ctx context.Context, files []File) ([]Checksum, error) {
	out := make([]Checksum, len(files))
	for i, f := range files {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		text, err := os.ReadFile(f.Path)
		if err != nil {
			return nil, err
		}
		out[i] = Checksum{Path: f.Path, Sum: sha256.Sum256(text)}
		core.ReportProgress(ctx, i+1)
	}
	return out, nil
}

func roundTrip[T any](v T) (back T, err error) {
	text, err := json.Marshal(v)
	if err != nil {
		return back, err
	}
	err = json.Unmarshal(text, &back)
	return back, err
}

// Items and results of a function that is ready for another process survive
// encoding.
func Example_chunkFunction() {
	ctx, exec := context.Background(), core.NewExecutor(core.WithName("checksum"), core.WithChunkSize(10))
	files := []File{{"doc.go"}, {"scaling_test.go"}}

	sums, err := core.MapChunks(ctx, exec, files, checksum)
	fmt.Println(len(sums), err)

	sentFiles, err1 := roundTrip(files)
	sentSums, err2 := roundTrip(sums)
	same := sentFiles[1] == files[1] && sentSums[1] == sums[1]
	fmt.Println("survives the journey:", same, errors.Join(err1, err2))
	// Output:
	// 2 <nil>
	// survives the journey: true <nil>
}

// part returns the items of one of n processes; number counts from 0.
// Neighbouring items go to different processes, which balances work that grows
// along the input.
func part[T any](items []T, number, n int) []T {
	var mine []T
	for i := number; i < len(items); i += n {
		mine = append(mine, items[i])
	}
	return mine
}

// The parts of all processes together are all items.
func Example_parts() {
	items, job, n := []string{"a", "b", "c", "d", "e"}, "import-7", 2
	exec := core.NewExecutor(core.WithName("import"), core.WithChunkSize(2), core.WithWorkers(1))
	work := func(ctx context.Context, chunk []string) error {
		run, _ := core.RunFrom(ctx)
		fmt.Println(run.ID, run.Attrs["part"], chunk)
		return nil
	}

	process := func(ctx context.Context, number int) error {
		ctx = core.WithRun(ctx, core.RunInfo{
			ID:    fmt.Sprintf("%s-%d", job, number),
			Attrs: map[string]string{"job": job, "part": fmt.Sprintf("%d/%d", number, n)},
		})
		err := core.ForEachChunk(ctx, exec, part(items, number, n), work)
		return err
	}
	for number := range n { // each in its own process
		fmt.Println(process(context.Background(), number))
	}
	// Output:
	// import-7-0 0/2 [a c]
	// import-7-0 0/2 [e]
	// <nil>
	// import-7-1 1/2 [b d]
	// <nil>
}
