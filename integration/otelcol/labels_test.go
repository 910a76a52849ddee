package otelcol

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestLabels checks that each file says whether a collector with its exporters
// has validated it. testdata/validate records the files that it validated, and
// docs/cloud.md must agree.
func TestLabels(t *testing.T) {
	const here = "integration/otelcol/"
	contents := func(name string) string {
		text, err := fs.ReadFile(os.DirFS("../.."), name)
		check(t, err)
		return string(text)
	}
	noted, versions, page := contents(here+"testdata/validate/validated.txt"), contents(here+"testdata/validate/go.mod"), contents("docs/cloud.md")
	label := regexp.MustCompile(`(?m)^# (Validated: by a collector (v\S+) with (\S+) (v\S+), not tried against .*|Not validated: .*)\.$`)
	for _, cloud := range clouds(t) {
		text := contents(here + cloud)
		labels := label.FindAllStringSubmatch(text, -1)
		if len(labels) != 1 {
			t.Errorf("%s has %d labels", cloud, len(labels))
			continue
		}
		row := regexp.MustCompile(`(?m)^\|.*\[` + regexp.QuoteMeta(cloud) + `\].*$`).FindString(page)
		l, line := labels[0], fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(contents(here+"base.yaml")+text)), cloud)
		if l[2] == "" {
			if strings.Contains(noted, cloud) || !strings.HasSuffix(row, "| not validated |") {
				t.Errorf("%s is labelled %q; docs/cloud.md has %q", cloud, l[1], row)
			}
			continue
		}
		if !strings.Contains(noted, line) {
			t.Errorf("%s has changed since a collector has read it: GOWORK=off go -C integration/otelcol/testdata/validate test . -update", cloud)
		}
		for _, v := range []string{"go.opentelemetry.io/collector/otelcol " + l[2], "/" + l[3] + " " + l[4]} {
			if !strings.Contains(versions, v+"\n") {
				t.Errorf("%s names %q, which is not what testdata/validate is built of", cloud, v)
			}
		}
		if !strings.HasSuffix(row, fmt.Sprintf("| validated with %s %s |", l[3], l[4])) {
			t.Errorf("docs/cloud.md has %q of %s", row, cloud)
		}
	}
}
