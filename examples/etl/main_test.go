package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func TestContract(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	clitest.Contract(t, "in", "out", "rows", "workers", "tolerate")
	clitest.Fails(t, clitest.Usage, []string{"-tolerate", "1.5"}, "usage: ", "from 0 to 1")
	clitest.AtLeastOne(t, "rows")
	clitest.Interrupts(t, "-rows", "300000")
	missing := filepath.Join(t.TempDir(), "missing")
	clitest.Fails(t, clitest.Failed, []string{"-in", missing}, missing, "no such file", "-in")
	clitest.Fails(t, clitest.Failed, []string{"-out", missing}, missing, "no such file", "-out")
	file := filepath.Join(clitest.WriteTree(t, map[string]string{"file": ""}), "file")
	clitest.Fails(t, clitest.Failed, []string{"-out", file}, file, "no directory", "-out")
}

// TestOrders cleans lines whose results are known.
func TestOrders(t *testing.T) {
	const good = `{"id":1,"at":"2026-01-01T00:30:00+01:00","email":" Ada@Example.ORG ","amount":"12.50","currency":"eur"}`
	const clean = `{"id":1,"at":"2025-12-31T23:30:00Z","email":"ada@example.org","cents":1250,"currency":"EUR"}` + "\n"
	input := []string{
		good,
		`{"id":2,`,
		strings.Replace(good, "12.50", "0.00", 1),
		strings.Replace(good, "12.50", "-12.50", 1),
		strings.Replace(good, "12.50", "12.5", 1),
		strings.Replace(good, "Ada@Example.ORG", "ada", 1),
		good,
		strings.Replace(good, "eur", "€", 1),
		"",
		good, // without a line feed
	}
	dir := clitest.WriteTree(t, map[string]string{"in.jsonl": strings.Join(input, "\n"), "clean.jsonl.part": "what a crash left behind"})
	status, stdout, stderr := clitest.Run(t, "-in", filepath.Join(dir, "in.jsonl"), "-out", dir)
	if status != clitest.OK {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	if want := fmt.Sprintf("3 clean orders in %s\n7 rejected in %s\n", filepath.Join(dir, "clean.jsonl"), filepath.Join(dir, "rejected.jsonl")); stdout != want {
		t.Errorf("printed %q, want %q", stdout, want)
	}
	if want := "100%  10 orders, 7 rejected  "; !strings.Contains(stderr, want) {
		t.Errorf("the progress lacks %q:\n%s", want, stderr)
	}
	files := read(t, dir)
	if got := files["clean.jsonl"]; got != strings.Repeat(clean, 3) {
		t.Errorf("clean:\n%s", got)
	}
	reasons := map[int]string{2: "unexpected end of JSON", 3: "amount", 4: "amount", 5: "amount", 6: "email", 8: "currency", 9: "unexpected end of JSON"}
	var lines []int
	for _, r := range decode(t, files["rejected.jsonl"]) {
		line := int(r["line"].(float64))
		lines = append(lines, line)
		if text, _ := r["text"].(string); text != input[line-1] || !strings.Contains(r["reason"].(string), reasons[line]) {
			t.Errorf("rejected %v, want line %q with the reason %q", r, input[line-1], reasons[line])
		}
	}
	if !slices.Equal(lines, []int{2, 3, 4, 5, 6, 8, 9}) {
		t.Errorf("rejected lines %v", lines)
	}
	if names := len(files); names != 3 {
		t.Errorf("%d files, want the input and two results: %v", names, files)
	}
}

// TestToleratedLines is a nightly job that tolerates one bad line in a hundred: with
// four in a thousand it succeeds and prints how many, with twenty it stops early.
func TestToleratedLines(t *testing.T) {
	const good = `{"id":1,"at":"2026-01-01T00:30:00+01:00","email":"ada@example.org","amount":"12.50","currency":"EUR"}` + "\n"
	for bad, want := range map[int]int{4: clitest.OK, 20: clitest.Failed} {
		const lines = 50_000
		var input strings.Builder
		for i := range lines {
			if i%1000 < bad {
				input.WriteString("{\n")
			} else {
				input.WriteString(good)
			}
		}
		dir := clitest.WriteTree(t, map[string]string{"in.jsonl": input.String()})
		status, stdout, stderr := clitest.Run(t, "-in", filepath.Join(dir, "in.jsonl"), "-out", dir, "-tolerate", "0.01")
		if status != want {
			t.Errorf("%d in a thousand: exit status %d, want %d: %s", bad, status, want, stderr)
		}
		rejected := fmt.Sprintf("%d rejected in ", bad*lines/1000)
		if within := want == clitest.OK; strings.Contains(stdout, rejected) != within || strings.Contains(stderr, "more than the 1% tolerated") == within {
			t.Errorf("%d in a thousand: printed %q and %q", bad, stdout, stderr)
		}
		if n := len(read(t, dir)); want == clitest.Failed && n != 1 {
			t.Errorf("a run that stopped early left %d files, want the input alone", n)
		}
	}
}

// TestRunAgain generates orders and runs twice. It computes the expected sums
// of input and output itself.
func TestRunAgain(t *testing.T) {
	const rows = 8000
	dir := t.TempDir()
	var first map[string]string
	for _, workers := range []string{"1", "4"} {
		status, _, stderr := clitest.Run(t, "-out", dir, "-rows", fmt.Sprint(rows), "-workers", workers)
		if status != clitest.OK {
			t.Fatalf("exit status %d: %s", status, stderr)
		}
		files := read(t, dir)
		if first == nil {
			first = files
		}
		for name, text := range files {
			if text != first[name] {
				t.Errorf("%s differs in the second run", name)
			}
		}
	}
	orders, rejected := first[fmt.Sprintf("orders-%d.jsonl", rows)], decode(t, first["rejected.jsonl"])
	if n := strings.Count(orders, "\n"); n != rows || len(rejected) != rows/1000 {
		t.Errorf("%d rows of %d, %d of them rejected, want one in a thousand", n, rows, len(rejected))
	}
	accepted := strings.Split(orders, "\n")
	for _, r := range rejected {
		accepted[int(r["line"].(float64))-1] = ""
	}
	accepted = slices.DeleteFunc(accepted, func(s string) bool { return s == "" })
	clean := decode(t, first["clean.jsonl"])
	if len(clean) != len(accepted) {
		t.Fatalf("%d clean orders, want %d", len(clean), len(accepted))
	}
	for i, in := range decode(t, strings.Join(accepted, "\n")) {
		out := clean[i]
		amount := fmt.Sprintf("%d.%02d", int(out["cents"].(float64))/100, int(out["cents"].(float64))%100)
		if out["id"] != in["id"] || amount != in["amount"] || !strings.EqualFold(out["email"].(string), strings.TrimSpace(in["email"].(string))) {
			t.Fatalf("row %d: %v became %v", i, in, out)
		}
	}
}

// cancelingReader cancels a context when half of it has been read.
type cancelingReader struct {
	io.Reader
	remaining int
	cancel    context.CancelFunc
}

func (r *cancelingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.remaining -= n; r.remaining < 0 {
		r.cancel()
	}
	return n, err
}

func (*cancelingReader) Close() error { return nil }

// TestInterrupted checks that a canceled run leaves the results of an earlier
// run as they are.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	if status, _, stderr := clitest.Run(t, "-out", dir, "-rows", "5000"); status != clitest.OK {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	before := read(t, dir)
	orders := before["orders-5000.jsonl"]

	ctx, cancel := context.WithCancel(t.Context())
	in := &input{ReadCloser: &cancelingReader{strings.NewReader(orders), len(orders) / 2, cancel}, size: int64(len(orders))}
	var stdout, stderr bytes.Buffer
	exec := core.NewExecutor(core.WithWorkers(2), core.WithContinueOnError())
	if err := job(ctx, exec, in, dir, &stdout, &stderr); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want a cancellation", err)
	}
	if stdout.Len() > 0 {
		t.Errorf("a canceled run printed a result: %s", &stdout)
	}
	after := read(t, dir)
	if len(after) != len(before) {
		t.Errorf("%d files, want %d", len(after), len(before))
	}
	for name, text := range after {
		if text != before[name] {
			t.Errorf("%s has changed", name)
		}
	}
}

func TestLineThatIsTooLong(t *testing.T) {
	dir := clitest.WriteTree(t, map[string]string{"in.jsonl": strings.Repeat("x", maxLine+1)})
	status, _, stderr := clitest.Run(t, "-in", filepath.Join(dir, "in.jsonl"), "-out", dir)
	if status != clitest.Failed || !strings.Contains(stderr, "token too long") {
		t.Errorf("exit status %d, want %d: %s", status, clitest.Failed, stderr)
	}
	if files := read(t, dir); len(files) != 1 {
		t.Errorf("%d files, want the input alone", len(files))
	}
}

// read returns the files of a directory.
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	fsys := os.DirFS(dir)
	names, err := fs.Glob(fsys, "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	return files
}

// decode returns the objects in JSON lines.
func decode(t *testing.T, lines string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for d := json.NewDecoder(strings.NewReader(lines)); ; {
		var one map[string]any
		switch err := d.Decode(&one); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		all = append(all, one)
	}
}
