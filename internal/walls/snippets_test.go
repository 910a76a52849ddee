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

// Go code that is printed in README.md, CONTRIBUTING.md and docs/ is held to be
// code that works, and what it is said to print to be what it prints.
//
// A fenced block marked go is either a whole program, which is compiled here, or a
// piece of a Go file somewhere in this repository: the same tokens one after the
// other, wherever lines and comments are. An Example function is the best place,
// because it runs. What needs a backend, or stands for a program around the
// library, is in examples/internal/snippets.
//
// A fenced block marked text is what the last Go code before it on the page
// prints: lines that follow each other in the checked output of an Example of
// the file where that code is. With a comment right above the block, as in
//
//	<!-- run_failed.txt -->
//
// it is another test that compares it with something. Blocks with other marks,
// sh for commands, are checked by nobody here.
//
// So to change a snippet, change the Go file and then the page; to add one,
// write an Example and copy from it.
func TestSnippets(t *testing.T) {
	repository := os.DirFS(root(t))
	pages, err := fs.Glob(repository, "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	all := codeOf(scan(t, repository))
	found := 0
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md") {
		text, err := fs.ReadFile(repository, page)
		if err != nil {
			t.Fatal(err)
		}
		n, wrong := check(t, string(text), all)
		found += n
		report(t, page+" shows code that is not compiled, or what it does not print", wrong)
	}
	if found < 30 {
		t.Errorf("%d snippets and outputs on all pages: the check does not find them", found)
	}
}

// check returns what is wrong with the snippets of a page, and how many it looked at.
func check(t *testing.T, page string, all []code) (found int, wrong []string) {
	t.Helper()
	var from []code // that have the last snippet
	for _, b := range blocks(page) {
		tell := func(format string, args ...any) {
			wrong = append(wrong, fmt.Sprintf("line %d: ", b.line)+fmt.Sprintf(format, args...)+":\n"+b.text)
		}
		switch {
		case b.mark == "go":
			found++
			snippet := tokens([]byte(b.text))
			from = slices.DeleteFunc(slices.Clone(all), func(c code) bool { return !strings.Contains(c.tokens, snippet) })
			if strings.HasPrefix(snippet, "\x00package\x00main\x00") {
				if err := compile(t, b.text); err != nil {
					tell("the program does not compile: %v", err)
				}
			} else if len(from) == 0 {
				tell("no Go file has this code")
			}
		case b.mark == "text" && !b.golden:
			found++
			if !slices.ContainsFunc(from, func(c code) bool { return prints(c.file, b.text) }) {
				tell("the code above does not print this in an Example")
			}
		}
	}
	return found, wrong
}

// code is a file as snippets are looked for in it.
type code struct {
	file
	tokens string
}

func codeOf(files []file) (all []code) {
	for _, f := range files {
		all = append(all, code{f, tokens(f.source)})
	}
	return all
}

// prints tells whether an example of f has text in its checked output.
func prints(f file, text string) bool {
	return f.test && slices.ContainsFunc(doc.Examples(f.syntax), func(e *doc.Example) bool { return contains(e.Output, text) })
}

// tokens returns the tokens of Go source, each after a zero byte, and without
// comments: text in a comment or a string is no code.
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

// compile compiles a program with what the examples may import.
func compile(t *testing.T, program string) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(t.Context(), "go", "vet", file) // compiles, and does not link
	cmd.Dir = filepath.Join(root(t), "examples")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// TestSnippetRulesFindWhatTheyForbid shows pages with mistakes to the check.
func TestSnippetRulesFindWhatTheyForbid(t *testing.T) {
	const good = "x := f(1) // a comment\nfmt.Println(x)\n"
	all := codeOf(scan(t, fstest.MapFS{
		"a_test.go":     {Data: []byte("package a\n\nfunc ExampleF() {\n\tx := f(1)\n\n\t// also: y := f(2)\n\tfmt.Println(x)\n\t// Output:\n\t// one\n\t// two \n\t// three\n}\n")},
		"b_test.go":     {Data: []byte("package a\n\nfunc ExampleG() {\n\tg(`z := f(3)`)\n\t// Output: four\n}\n")},
		"testdata/c.go": {Data: []byte("package c\n\nvar c = 1\n")},
	}))
	program := func(body string) string {
		return "package main\n\nimport \"github.com/chunkscope/chunkscope/core\"\n\nfunc main() { " + body + " }\n"
	}
	for _, c := range []struct {
		page string
		want string // empty if all is well
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
		{fenced("go", "var c = 1\n"), "no Go file has this code"}, // compiled by nobody
		{fenced("go", ":= f(1)\nfmt.Print\n"), "no Go file has this code"},
		{fenced("go", good) + fenced("text", "one\nthree\n"), "does not print this"},
		{fenced("go", good) + fenced("text", "four\n"), "does not print this"},
		{fenced("text", "one\n"), "does not print this"},
		{fenced("go", program("core.NoSuchThing()")), "does not compile"},
	} {
		found, wrong := check(t, c.page, all)
		if found == 0 {
			t.Errorf("nothing found on the page:\n%s", c.page)
		}
		if text := strings.Join(wrong, "\n"); (c.want == "") != (text == "") || !strings.Contains(text, c.want) {
			t.Errorf("found wrong: %q; want %q on the page:\n%s", text, c.want, c.page)
		}
	}
}

func fenced(mark, text string) string { return "```" + mark + "\n" + text + "```\n" }
