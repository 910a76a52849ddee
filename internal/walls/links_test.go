package walls

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	fencedCode = regexp.MustCompile("(?s)```.*?```")
	pageLink   = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
)

// TestLinksHaveATarget checks the links of README.md and of the pages in docs/
// to files of this repository.
func TestLinksHaveATarget(t *testing.T) {
	repository := os.DirFS(root(t))
	pages, err := fs.Glob(repository, "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range append(pages, "README.md") {
		text, err := fs.ReadFile(repository, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range pageLink.FindAllSubmatch(fencedCode.ReplaceAll(text, nil), -1) {
			target := string(link[1])
			if strings.Contains(target, "://") {
				continue
			}
			found++
			if _, err := fs.Stat(repository, path.Join(path.Dir(page), target)); err != nil {
				t.Errorf("%s links to nothing: %v", page, err)
			}
		}
	}
	if found < 80 {
		t.Errorf("the check found only %d links", found)
	}
}
