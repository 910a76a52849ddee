package dashboards

import (
	"bytes"
	"encoding/json"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Encode returns a board in the format of its file: indented, with sorted
// fields, as Grafana exports boards.
func Encode(d dashboard.Dashboard) ([]byte, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	var fields any
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	e := json.NewEncoder(&file)
	e.SetEscapeHTML(false) // queries compare
	e.SetIndent("", "  ")
	err = e.Encode(fields)
	return file.Bytes(), err
}
