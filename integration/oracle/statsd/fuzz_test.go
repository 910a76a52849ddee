package statsd_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	client "github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/oracle/statsd"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// packetSender is the inner sender of a client. It passes packets to a server.
type packetSender struct{ to *statsd.Server }

func (p packetSender) Send(packet []byte) (int, error) {
	p.to.Packet(packet)
	return len(packet), nil
}
func (packetSender) Close() error { return nil }

// typedError is an error with a type of its own.
type typedError string

func (w typedError) Error() string     { return "error" }
func (w typedError) ErrorType() string { return string(w) }

// runJobs sends the events of an executor, with texts of any kind in them, and
// returns the metrics that the statsd_exporter reads.
func runJobs(t *testing.T, format statsdhook.TagFormat, mapping, executor, text string) statsd.Metrics {
	t.Helper()
	s, err := statsd.New(mapping)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	tags := map[statsdhook.TagFormat]client.TagFormat{statsdhook.Influx: client.InfixComma, statsdhook.Graphite: client.InfixSemicolon}[format]
	c, err := client.NewClientWithSender(packetSender{s}, "", tags)
	if err != nil {
		t.Fatal(err)
	}
	opts := []statsdhook.Option{statsdhook.WithTagFormat(format)}
	if format != statsdhook.InName {
		opts = append(opts, statsdhook.WithTags(map[string]string{"mine": text}))
	}
	h, err := statsdhook.NewWithSender(c, opts...)
	if err != nil {
		t.Fatal(err)
	}
	h.OnChunkEnd(t.Context(), core.ChunkEnd{
		ChunkStart: core.ChunkStart{Executor: executor, Items: 20}, Duration: 1e9, ItemsDone: 20, Outcome: core.OutcomeOK,
	})
	h.OnItemFailure(t.Context(), core.ItemFailure{Executor: executor, Items: 3, Outcome: core.OutcomeError, Err: typedError(text)})
	h.OnFault(t.Context(), core.Fault{Executor: executor, Hook: text})
	h.OnRunEnd(t.Context(), core.RunEnd{RunStart: core.RunStart{Executor: executor}, Duration: 2e9, Outcome: core.OutcomeOK})
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	return read(t, s)
}

// seriesShape is the part of the metrics that must not depend on texts: names,
// label names and values, without the values of labels.
func seriesShape(m statsd.Metrics) []string {
	blank := func(series string) string {
		name, labels, _ := strings.Cut(series, "{")
		var keys []string
		for i, part := range strings.Split(labels, `"`) { // label values have no quote
			if i%2 == 0 {
				keys = append(keys, part)
			}
		}
		return name + strings.Join(keys, "…")
	}
	var all []string
	for _, values := range []map[string]float64{m.Counters, m.Gauges, m.Problems} {
		for series, v := range values {
			all = append(all, blank(series)+" "+strings.Repeat("I", int(v)))
		}
	}
	for series, timer := range m.Timers {
		all = append(all, blank(series)+" "+strings.Repeat("I", int(timer.Sum)))
	}
	slices.Sort(all)
	return all
}

// FuzzTexts puts texts of any kind into names and tags. In every format the
// statsd_exporter must read the same metrics as from plain texts.
func FuzzTexts(f *testing.F) {
	file := mapping(f)
	for _, s := range []string{"import", "", "a b|c@d#e,f;g=h:i\nj", "a[b", "]", "\x00\xff\u202e", "_other", "~tilde", "a.b/c", strings.Repeat("ü", 100), `\"'`, "$1", "--"} {
		f.Add(s, s)
	}
	want := map[statsdhook.TagFormat][]string{}
	f.Fuzz(func(t *testing.T, executor, text string) {
		for _, format := range formats {
			if want[format.format] == nil {
				plain := runJobs(t, format.format, file, "x", "x")
				if len(plain.Problems) > 0 || len(plain.Counters) < 12 || len(plain.Timers) != 2 {
					t.Fatalf("the exporter reads %+v", plain)
				}
				want[format.format] = seriesShape(plain)
			}
			got := runJobs(t, format.format, file, executor, text)
			if !slices.Equal(seriesShape(got), want[format.format]) {
				t.Errorf("%s: got\n%s\nwant\n%s\nseries %v", format.name, strings.Join(seriesShape(got), "\n"),
					strings.Join(want[format.format], "\n"), slices.Sorted(maps.Keys(got.Counters)))
			}
		}
	})
}
