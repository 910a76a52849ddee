package dashboards_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"

	"github.com/chunkscope/chunkscope/integration/dashboards"
)

var update = flag.Bool("update", false, "write the boards' files and the documentation's table anew")

// TestFiles checks that the files are those that the code builds.
func TestFiles(t *testing.T) {
	for _, b := range boards(t) {
		want, err := dashboards.Encode(b.Dashboard)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(b.file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := read(t, b.file); !bytes.Equal(got, want) {
			t.Errorf("%s is not what the code builds: go generate ./dashboards", b.file)
		}
	}
}

// TestFilesHaveNoUnknownField decodes the files strictly into the types of
// Grafana and encodes them again. An unknown field is an error, or gets lost.
func TestFilesHaveNoUnknownField(t *testing.T) {
	for _, b := range boards(t) {
		file := read(t, b.file)
		if err := check(file); err != nil {
			t.Errorf("%s: %v", b.file, err)
			continue
		}
		var fields any
		if err := json.Unmarshal(file, &fields); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		each(fields, func(object map[string]any, field string) { // a typing error in any field is found
			if seen[field] {
				return
			}
			seen[field] = true
			object[field+"Typo"] = object[field]
			delete(object, field)
			typo, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			if check(typo) == nil {
				t.Errorf("%s: %sTypo in place of %s is not found", b.file, field, field)
			}
			object[field] = object[field+"Typo"]
			delete(object, field+"Typo")
		})
		if len(seen) < 50 {
			t.Errorf("%s has %d fields only", b.file, len(seen))
		}
	}
}

// each calls f for all fields except those that the types of Grafana leave
// open: the options of transformations and the properties of overrides.
func each(value any, f func(object map[string]any, field string)) {
	switch value := value.(type) {
	case []any:
		for _, v := range value {
			each(v, f)
		}
	case map[string]any:
		for _, field := range slices.Sorted(maps.Keys(value)) {
			f(value, field)
			if field != "transformations" && field != "properties" {
				each(value[field], f)
			}
		}
	}
}

// check decodes a board and encodes it again.
func check(file []byte) error {
	var d dashboard.Dashboard
	if err := d.UnmarshalJSONStrict(file); err != nil {
		return err
	}
	for _, p := range d.Panels {
		if p.RowPanel != nil && p.RowPanel.Panels == nil {
			p.RowPanel.Panels = []dashboard.Panel{} // an empty list decodes as none
		}
	}
	for _, p := range (board{"", d}).panels() {
		if !slices.Contains(kinds, p.Type) {
			return fmt.Errorf("unknown fields: a panel of type %q", p.Type)
		}
		for _, q := range p.Targets {
			if _, ok := q.(*prometheus.Dataquery); !ok {
				return fmt.Errorf("unknown fields: a %T", q)
			}
		}
	}
	for _, a := range d.Annotations.List {
		if _, ok := a.Target.(*prometheus.Dataquery); !ok {
			return fmt.Errorf("unknown fields: a %T", a.Target)
		}
	}
	again, err := json.Marshal(d)
	if err != nil {
		return err
	}
	var before, after any
	if err := errors.Join(json.Unmarshal(file, &before), json.Unmarshal(again, &after)); err != nil {
		return err
	}
	if !reflect.DeepEqual(before, after) {
		return errors.New("it changes when it is read and written")
	}
	return nil
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name) //nolint:gosec // G304: one of the files that this package writes
	if err != nil {
		t.Fatal(err)
	}
	return data
}
