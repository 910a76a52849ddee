package integration

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestReadme checks that the versions in README.md are those in go.mod, and
// that its links have a target.
func TestReadme(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| [^|]+ \\| `([^`]+)`[^|]* \\| (v[^ ]+) \\|").FindAllStringSubmatch(string(page), -1)
	if len(rows) < 10 {
		t.Fatalf("%d rows with versions are found in README.md", len(rows))
	}
	for _, row := range rows {
		if module, version := row[1], row[2]; !regexp.MustCompile(`(?m)^\s*(require )?` + regexp.QuoteMeta(module+" "+version) + `( //|$)`).Match(mod) {
			t.Errorf("README.md has %s %s, go.mod has another", module, version)
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(page), -1) {
		if _, err := os.Stat(path.Clean(link[1])); err != nil && !strings.Contains(link[1], "://") {
			t.Error(err)
		}
	}
}
