package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/chunkscope/chunkscope/core"
)

// count is the job. Nothing in it depends on the back ends.
func count(ctx context.Context, exec *core.Executor, fsys fs.FS, files []string, stdout io.Writer) error {
	var found atomic.Int64
	runErr := core.ForEach(ctx, exec, files, func(_ context.Context, name string) error {
		n, err := goStatements(fsys, name)
		found.Add(n)
		return err
	})
	_, err := fmt.Fprintf(stdout, "%d go statements\n", found.Load())
	return errors.Join(runErr, err)
}

func goStatements(fsys fs.FS, name string) (n int64, err error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return 0, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return 0, err
	}
	for node := range ast.Preorder(file) {
		if _, ok := node.(*ast.GoStmt); ok {
			n++
		}
	}
	return n, nil
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
