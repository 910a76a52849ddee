// Package prom reads what promhook exports as a Prometheus server does, with
// the parsers of the server. It receives pushes with the code of the
// Pushgateway.
package prom

import (
	"errors"
	"fmt"
	"io"
	"math"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// Scrape is the content of one response, as a server parses it.
type Scrape struct {
	Samples   map[string]float64           // by name and labels, as labels.Labels writes them
	Series    []labels.Labels              // of the samples, in their order
	Types     map[string]model.MetricType  // by the name of the family
	Units     map[string]string            // by the name of the family
	Helps     map[string]string            // by the name of the family
	Exemplars map[string]exemplar.Exemplar // by the sample
	Native    map[string]int               // observations of native histograms, by the series
	natives   []native                     // the histograms themselves, in their order
}

type native struct {
	series    labels.Labels
	histogram *histogram.Histogram
}

// Read parses a response body of the content type. It fails the test if a
// server would reject it.
func Read(t *testing.T, body []byte, contentType string) *Scrape {
	t.Helper()
	p, err := textparse.New(body, contentType, labels.NewSymbolTable(), textparse.ParserOptions{KeepClassicOnClassicAndNativeHistograms: true})
	if err != nil {
		t.Fatalf("no parser for %q: %v", contentType, err)
	}
	s := &Scrape{
		Samples: map[string]float64{}, Types: map[string]model.MetricType{}, Units: map[string]string{},
		Helps: map[string]string{}, Exemplars: map[string]exemplar.Exemplar{}, Native: map[string]int{},
	}
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return s
		}
		if err == nil {
			err = s.add(p, entry)
		}
		if err != nil {
			t.Fatalf("Prometheus refuses the scrape: %v\n%s", err, body)
		}
	}
}

func (s *Scrape) add(p textparse.Parser, entry textparse.Entry) error {
	var series labels.Labels
	switch entry {
	case textparse.EntryType:
		name, kind := p.Type()
		s.Types[string(name)] = kind
	case textparse.EntryUnit:
		name, unit := p.Unit()
		s.Units[string(name)] = string(unit)
	case textparse.EntryHelp:
		name, help := p.Help()
		s.Helps[string(name)] = string(help)
	case textparse.EntryHistogram:
		_, _, h, _ := p.Histogram()
		p.Labels(&series)
		s.Native[series.String()] = int(h.Count)
		s.natives = append(s.natives, native{series, h.Copy()})
	case textparse.EntrySeries:
		_, _, value := p.Series()
		p.Labels(&series)
		if _, twice := s.Samples[series.String()]; twice {
			return fmt.Errorf("%s is there twice", series)
		}
		if math.IsNaN(value) {
			return fmt.Errorf("%s is not a number", series)
		}
		s.Samples[series.String()] = value
		s.Series = append(s.Series, series)
		var e exemplar.Exemplar
		if p.Exemplar(&e) {
			s.Exemplars[series.String()] = e
		}
	}
	return nil
}
