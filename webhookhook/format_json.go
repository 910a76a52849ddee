package webhookhook

import (
	"encoding/json"
	"net/url"
	"time"
)

// Schema is the version of the JSON that the formats JSON and CloudEvents send. New
// fields keep the version; a change that breaks readers gets a new one.
const Schema = "chunkscope.message/1"

// JSON returns a format for programs, which docs/webhooks.md describes. Texts are
// not escaped for any service, and durations are in seconds.
func JSON() Format { return jsonFormat{} }

type jsonFormat struct{}

// Encode implements Format.
func (jsonFormat) Encode(m Message) (string, []byte, error) {
	return encodeJSON(jsonType, newJSONDocument(m))
}

// CloudEvents returns a format for event brokers: CloudEvents 1.0 in structured
// mode, whose data is that of the format JSON. Source is the URI reference of the
// events' origin, to which the executor is appended. An empty source stands for
// "/chunkscope".
func CloudEvents(source string) Format {
	if source == "" {
		source = "/chunkscope"
	}
	return cloudEventsFormat{source}
}

type cloudEventsFormat struct{ source string }

type cloudEvent struct {
	SpecVersion     string       `json:"specversion"`
	ID              string       `json:"id"`
	Source          string       `json:"source"`
	Type            string       `json:"type"`
	Subject         string       `json:"subject,omitempty"`
	Time            string       `json:"time"`
	DataContentType string       `json:"datacontenttype"`
	Data            jsonDocument `json:"data"`
}

// eventType is the prefix of the types of events.
const eventType = "com.github.chunkscope."

// Encode implements Format.
func (f cloudEventsFormat) Encode(m Message) (string, []byte, error) {
	return encodeJSON("application/cloudevents+json; charset=utf-8", cloudEvent{
		SpecVersion:     "1.0",
		ID:              m.ID,
		Source:          f.source + "/" + url.PathEscape(m.Executor),
		Type:            eventType + string(m.Event),
		Subject:         m.RunID,
		Time:            timestamp(m.At),
		DataContentType: "application/json",
		Data:            newJSONDocument(m),
	})
}

type (
	jsonDocument struct {
		Schema   string         `json:"schema"`
		ID       string         `json:"id"`
		Event    Event          `json:"event"`
		Time     string         `json:"time"`
		Text     string         `json:"text"`
		Host     string         `json:"host,omitempty"`
		Run      jsonRun        `json:"run"`
		Items    jsonItems      `json:"items"`
		Chunks   jsonChunks     `json:"chunks"`
		First    *jsonFailure   `json:"first_failure,omitempty"`
		Failures map[string]int `json:"failures_by_type,omitempty"`
		Counters []jsonCounter  `json:"counters,omitempty"`
		Anomaly  *jsonAnomaly   `json:"anomaly,omitempty"`
		History  jsonHistory    `json:"history"`
		Links    []jsonLink     `json:"links,omitempty"`
	}
	jsonRun struct {
		Executor   string            `json:"executor"`
		ID         string            `json:"id"`
		Attrs      map[string]string `json:"attributes,omitempty"`
		Started    string            `json:"started,omitempty"`
		Elapsed    jsonFloat         `json:"elapsed_seconds"`
		Outcome    string            `json:"outcome,omitempty"` // empty while the run goes on
		Workers    int               `json:"workers"`
		Throughput jsonFloat         `json:"items_per_second"`
		Remaining  *jsonFloat        `json:"remaining_seconds,omitempty"`
	}
	jsonItems struct {
		Total  *int `json:"total"` // null if not known
		Done   int  `json:"done"`
		Failed int  `json:"failed"`
	}
	jsonChunks struct {
		Done         int       `json:"done"`
		Failed       int       `json:"failed"`
		P50          jsonFloat `json:"p50_seconds"`
		P95          jsonFloat `json:"p95_seconds"`
		Slowest      jsonFloat `json:"slowest_seconds"`
		SlowestChunk int       `json:"slowest_chunk"`
		SlowestName  string    `json:"slowest_name,omitempty"`
	}
	jsonFailure struct {
		Type string `json:"type"`
		Text string `json:"text,omitempty"`
		Item *int   `json:"item,omitempty"`
		Name string `json:"name,omitempty"`
	}
	jsonCounter struct {
		Name  string `json:"name"`
		Unit  string `json:"unit,omitempty"`
		Value int64  `json:"value"`
	}
	jsonAnomaly struct {
		Kind string `json:"kind"`
		Over bool   `json:"over"`
		Text string `json:"text"`
	}
	jsonHistory struct {
		FailedRuns   int           `json:"failed_runs"`
		FailingSince string        `json:"failing_since,omitempty"`
		Merged       int           `json:"merged_runs"`
		Previous     *jsonPrevious `json:"previous_run,omitempty"`
	}
	jsonPrevious struct {
		Outcome  string    `json:"outcome"`
		Duration jsonFloat `json:"duration_seconds"`
	}
	jsonLink struct {
		Title string `json:"title"`
		URL   string `json:"url"`
	}
)

// jsonFloat is a number that JSON can represent: NaN and infinities become 0.
type jsonFloat float64

// MarshalJSON implements json.Marshaler.
func (f jsonFloat) MarshalJSON() ([]byte, error) {
	if x := float64(f); x-x != 0 { // NaN and infinities
		return []byte("0"), nil
	}
	return json.Marshal(float64(f))
}

func jsonSeconds(d time.Duration) jsonFloat { return jsonFloat(d.Seconds()) }

// timestamp formats an instant according to RFC 3339, within the years that it
// allows. The zero time is empty.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if t = t.UTC(); t.Year() > 9999 {
		t = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	if t.Year() < 0 {
		t = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t.Format(time.RFC3339Nano)
}

func newJSONDocument(m Message) jsonDocument {
	t := m.Timing
	doc := jsonDocument{
		Schema: Schema, ID: m.ID, Event: m.Event, Time: timestamp(m.At), Text: m.Headline(), Host: m.Host,
		Run: jsonRun{
			Executor: m.Executor, ID: m.RunID, Attrs: m.Attrs, Started: timestamp(m.Started), Elapsed: jsonSeconds(m.Elapsed),
			Workers: m.Workers, Throughput: jsonFloat(m.Throughput),
		},
		Items:  jsonItems{Done: m.ItemsDone, Failed: m.ItemsFailed},
		Chunks: jsonChunks{m.Chunks, m.ChunksFailed, jsonSeconds(t.P50), jsonSeconds(t.P95), jsonSeconds(t.Slowest), t.SlowestChunk, t.SlowestName},
		History: jsonHistory{
			FailedRuns: m.FailedRuns, FailingSince: timestamp(m.FailingSince), Merged: m.Merged,
		},
	}
	if m.Outcome != 0 {
		doc.Run.Outcome = m.Outcome.String()
	}
	if m.Items >= 0 {
		doc.Items.Total = &m.Items
	}
	if m.Remaining.Known {
		s := jsonSeconds(m.Remaining.Expected)
		doc.Run.Remaining = &s
	}
	if f := m.FirstFailure; f != nil {
		doc.First = &jsonFailure{Type: f.Type, Text: f.Text, Name: f.Name}
		if f.Item >= 0 {
			doc.First.Item = &f.Item
		}
	}
	for _, f := range m.Failures {
		if doc.Failures == nil {
			doc.Failures = map[string]int{}
		}
		doc.Failures[f.Type] += f.Items
	}
	for _, c := range m.Counters {
		doc.Counters = append(doc.Counters, jsonCounter(c))
	}
	if a := m.Anomaly; a != nil {
		doc.Anomaly = &jsonAnomaly{a.Kind, a.Over, a.Text}
	}
	if p := m.Previous; p != nil {
		doc.History.Previous = &jsonPrevious{p.Outcome.String(), jsonSeconds(p.Duration)}
	}
	for _, l := range m.Links {
		doc.Links = append(doc.Links, jsonLink(l))
	}
	return doc
}
