package core_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/chunkscope/chunkscope/core"
)

// lines is a source: the lines of r, and an error of r at the end.
func lines(r io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		s := bufio.NewScanner(r)
		for s.Scan() {
			if !yield(s.Text(), nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield("", err)
		}
	}
}

func parse(_ context.Context, line string) (int, error) { return strconv.Atoi(line) }

// How to process more items than fit into memory.
func ExampleStream() {
	ctx := context.Background()
	file := strings.NewReader("10\n20\n30\n")

	exec := core.NewExecutor(core.WithName("sum"))
	sum := 0
	for n, err := range core.Stream(ctx, exec, lines(file), parse) {
		if err != nil {
			fmt.Println("stopped:", err)
			break
		}
		sum += n // on this goroutine alone, in the order of the lines
	}
	fmt.Println("sum:", sum)
	// Output: sum: 60
}
