package walls

import (
	"fmt"
	"go/doc"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestSnippets checks the Go code in README.md, CONTRIBUTING.md and docs/: it
// compiles, and it prints what the page shows.
//
// A fenced block marked go is a whole program, which the test compiles, or a
// piece of a Go file of this repository. A piece has the same tokens in the
// same order; line breaks and comments may differ. An Example function is the
// best source, because it runs. Code that needs a backend, or that stands for
// the program around the library, is in examples/internal/snippets.
//
// A fenced block marked text is the output of the last Go code before it. Its
// lines follow each other in the checked output of an Example in the same file
// as that code. A comment right above the block, such as
//
//	<!-- run_failed.txt -->
//
// names a file with which another test compares it. Blocks with other marks,
// such as sh, have no check.
//
// To change a snippet, change the Go file first and then the page. To add one,
// write an Example and copy from it.
func TestSnippets(t *testing.T) {
	repository := os.DirFS(root(t))
	pages, err := fs.Glob(repository, "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	all := snippetSources(scan(t, repository))
	found := 0
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md") {
		text, err := fs.ReadFile(repository, page)
		if err != nil {
			t.Fatal(err)
		}
		n, problems := checkSnippets(t, string(text), all)
		found += n
		failOn(t, page+" shows code that does not compile, or output that the code does not print", problems)
	}
	if found < 30 {
		t.Errorf("the check found only %d snippets and outputs on all pages", found)
	}
}

// checkSnippets returns what is wrong with the snippets of a page, and how many
// it checked.
func checkSnippets(t *testing.T, page string, all []snippetSource) (found int, problems []string) {
	t.Helper()
	var matching []snippetSource // the files that contain the last snippet
	for _, b := range fencedBlocks(page) {
		addProblem := func(format string, args ...any) {
			problems = append(problems, fmt.Sprintf("line %d: ", b.line)+fmt.Sprintf(format, args...)+":\n"+b.text)
		}
		switch {
		case b.language == "go":
			found++
			snippet := tokens([]byte(b.text))
			matching = slices.DeleteFunc(slices.Clone(all), func(c snippetSource) bool { return !strings.Contains(c.tokens, snippet) })
			if strings.HasPrefix(snippet, "\x00package\x00main\x00") {
				if err := compile(t, b.text); err != nil {
					addProblem("the program does not compile: %v", err)
				}
			} else if len(matching) == 0 {
				addProblem("no Go file has this code")
			}
		case b.language == "text" && !b.comparedElsewhere:
			found++
			if !slices.ContainsFunc(matching, func(c snippetSource) bool { return printedByExample(c.file, b.text) }) {
				addProblem("no Example with the code above prints this")
			}
		}
	}
	return found, problems
}

// snippetSource is a file in which snippets are looked up.
type snippetSource struct {
	file
	tokens string
}

func snippetSources(files []file) (all []snippetSource) {
	for _, f := range files {
		all = append(all, snippetSource{f, tokens(f.source)})
	}
	return all
}

// printedByExample reports whether the checked output of an example in f
// contains text.
func printedByExample(f file, text string) bool {
	return f.test && slices.ContainsFunc(doc.Examples(f.syntax), func(e *doc.Example) bool { return containsLines(e.Output, text) })
}

// tokens returns the tokens of Go source, each after a zero byte. Comments are
// left out, so text in a comment or a string does not count as code.
func tokens(source []byte) string {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(source)), source, func(token.Position, string) {}, 0)
	var b strings.Builder
	for {
		_, tok, literal := s.Scan()
		if tok == token.EOF {
			return b.String() + "\x00"
		}
		if tok == token.SEMICOLON || literal == "" {
			literal = tok.String()
		}
		b.WriteString("\x00" + literal)
	}
}

// compile compiles a program that may import what the examples import.
func compile(t *testing.T, program string) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(t.Context(), "go", "vet", file) // it compiles and does not link
	cmd.Dir = filepath.Join(root(t), "examples")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// TestSnippetRulesFindViolations gives pages with mistakes to the check.
func TestSnippetRulesFindViolations(t *testing.T) {
	const good = "x := f(1) // a comment\nfmt.Println(x)\n"
	all := snippetSources(scan(t, fstest.MapFS{
		"a_test.go":     {Data: []byte("package a\n\nfunc ExampleF() {\n\tx := f(1)\n\n\t// also: y := f(2)\n\tfmt.Println(x)\n\t// Output:\n\t// one\n\t// two \n\t// three\n}\n")},
		"b_test.go":     {Data: []byte("package a\n\nfunc ExampleG() {\n\tg(`z := f(3)`)\n\t// Output: four\n}\n")},
		"testdata/c.go": {Data: []byte("package c\n\nvar c = 1\n")},
	}))
	program := func(body string) string {
		return "package main\n\nimport \"github.com/chunkscope/chunkscope/core\"\n\nfunc main() { " + body + " }\n"
	}
	for _, c := range []struct {
		page string
		want string // empty: the page is correct
	}{
		{fenced("go", good), ""},
		{fenced("go", good) + fenced("text", "two\nthree\n"), ""},
		{"- in a list\n\n  ```go\n  x :=   f(1)\n  ```\n", ""},
		{fenced("go", good) + "<!-- file.txt -->\n" + fenced("text", "whatever\n"), ""},
		{fenced("go", good) + fenced("", "whatever\n") + fenced("sh", "whatever\n"), ""},
		{fenced("go", program("core.NewExecutor()")), ""},
		{fenced("go", "x := f(2)\n"), "no Go file has this code"},
		{fenced("go", "y := f(2)\n"), "no Go file has this code"}, // a comment
		{fenced("go", "z := f(3)\n"), "no Go file has this code"}, // a string
		{fenced("go", "var c = 1\n"), "no Go file has this code"}, // nothing compiles testdata
		{fenced("go", ":= f(1)\nfmt.Print\n"), "no Go file has this code"},
		{fenced("go", good) + fenced("text", "one\nthree\n"), "prints this"},
		{fenced("go", good) + fenced("text", "four\n"), "prints this"},
		{fenced("text", "one\n"), "prints this"},
		{fenced("go", program("core.NoSuchThing()")), "does not compile"},
	} {
		found, problems := checkSnippets(t, c.page, all)
		if found == 0 {
			t.Errorf("nothing found on the page:\n%s", c.page)
		}
		if text := strings.Join(problems, "\n"); (c.want == "") != (text == "") || !strings.Contains(text, c.want) {
			t.Errorf("found wrong: %q; want %q on the page:\n%s", text, c.want, c.page)
		}
	}
}

func fenced(mark, text string) string { return "```" + mark + "\n" + text + "```\n" }
