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

// TestPagesStandAlone checks that only docs/from-python.md speaks of the project
// that this one grew from, apart from the link to that page.
func TestPagesStandAlone(t *testing.T) {
	repository := os.DirFS(root(t))
	mention := regexp.MustCompile(`(?i)\bthe seed\b|\bseed('s)? (project|repository|claims|code)\b`)
	err := fs.WalkDir(repository, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".md" || name == "docs/from-python.md" {
			return err
		}
		text, err := fs.ReadFile(repository, name)
		if found := mention.Find(text); found != nil {
			t.Errorf("%s speaks of %q; move it to docs/from-python.md", name, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
