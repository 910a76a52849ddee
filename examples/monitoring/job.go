package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

// count is the job. Nothing in it depends on the back ends.
func count(ctx context.Context, exec *core.Executor, tree *gosrc.Tree, stdout io.Writer) error {
	var found atomic.Int64
	runErr := core.ForEach(ctx, exec, tree.Files, func(_ context.Context, name string) error {
		n, err := tree.Count(name, func(n ast.Node) bool {
			_, ok := n.(*ast.GoStmt)
			return ok
		})
		found.Add(int64(n))
		return err
	})
	_, err := fmt.Fprintf(stdout, "%d go statements\n", found.Load())
	return errors.Join(runErr, err)
}

// printedMetrics are the metrics that the program prints at its end.
var printedMetrics = []string{
	"chunkscope_runs_total", "chunkscope_items_total", "chunkscope_errors_total",
	"chunkscope_hook_delivered_total", "chunkscope_hook_dropped_total",
}

// printMetrics prints those metrics that are not 0, in the text format of
// Prometheus.
func printMetrics(metrics prometheus.Gatherer, out io.Writer) error {
	families, err := metrics.Gather()
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, f := range families {
		if !slices.Contains(printedMetrics, f.GetName()) {
			continue
		}
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			return err
		}
	}
	for line := range strings.Lines(text.String()) {
		if line[0] != '#' && !strings.HasSuffix(line, " 0\n") {
			if _, err := io.WriteString(out, line); err != nil {
				return err
			}
		}
	}
	return nil
}
