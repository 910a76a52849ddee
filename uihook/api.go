package uihook

import (
	"encoding/json"
	"strings"
)

const apiPath = "/api/v1/"

// panels are the JSON of each part of the page, by the last word of the path.
var panels = map[string]func(*snapshot) any{
	"snapshot":   func(s *snapshot) any { return s },
	"attention":  func(s *snapshot) any { return s.Attention },
	"throughput": func(s *snapshot) any { return s.detail().Series },
	"workers":    func(s *snapshot) any { return s.detail().Lanes },
	"histogram":  func(s *snapshot) any { return s.detail().Histogram },
	"slowest":    func(s *snapshot) any { return s.detail().Slowest },
	"failures":   func(s *snapshot) any { return s.detail().Failures },
	"counters":   func(s *snapshot) any { return s.detail().Counters },
	"runs":       func(s *snapshot) any { return s.Runs },
	"exporters":  func(s *snapshot) any { return s.Exporters },
	"compare":    func(s *snapshot) any { return s.Compare },
}

// detail returns the run, an empty one where there is none.
func (s *snapshot) detail() *runView {
	if s.Run != nil {
		return s.Run
	}
	return &runView{
		Series: seriesView{Done: []float64{}, Failed: []float64{}}, Lanes: []laneView{},
		Histogram: []bucketView{}, Slowest: []slowView{}, Failures: []failureView{}, Counters: []counterView{},
	}
}

// panelOf returns the panel of a path that ends in api/v1 and the panel's name.
func panelOf(urlPath string) (panel func(*snapshot) any, ok bool) {
	i := strings.LastIndex("/"+urlPath, apiPath)
	if i < 0 {
		return nil, false
	}
	panel, ok = panels[("/" + urlPath)[i+len(apiPath):]]
	return panel, ok
}

// renderJSON returns a function that encodes a panel.
func renderJSON(panel func(*snapshot) any) func(*snapshot) ([]byte, string) {
	return func(s *snapshot) ([]byte, string) {
		body, err := json.Marshal(panel(s))
		if err != nil { // no value here can fail, except times after the year 9999
			body = []byte(`{"error":"a time is out of range"}`)
		}
		return append(body, '\n'), jsonType
	}
}
