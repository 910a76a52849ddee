package statsdhook_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/internal/faultnet"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// parsedLine is a line as read by the strict parser of these tests. The
// integration module reads lines with another project's parser.
type parsedLine struct {
	name, kind  string
	value, rate float64
	tags        map[string]string
}

// series returns the name and the tags as one text.
func (m parsedLine) series() string {
	s := m.name
	for _, key := range slices.Sorted(maps.Keys(m.tags)) {
		s += " " + key + "=" + m.tags[key]
	}
	return s
}

// parseLine reads one line. It returns an error if the line is not exactly in the
// format.
func parseLine(f statsdhook.TagFormat, line string) (parsedLine, error) {
	m := parsedLine{rate: 1, tags: map[string]string{}}
	invalid := func(why string) (parsedLine, error) { return m, fmt.Errorf("line %q: %s", line, why) }
	var tags, pair string
	if f == statsdhook.DogStatsD {
		var found bool
		if line, tags, found = strings.Cut(line, "|#"); !found {
			return invalid("no tags")
		}
	}
	name, rest, found := strings.Cut(line, ":")
	if !found {
		return invalid("no colon")
	}
	separator, infix := ",", ":"
	switch f {
	case statsdhook.Influx:
		name, tags, _ = strings.Cut(name, ",")
		infix = "="
	case statsdhook.Graphite:
		name, tags, _ = strings.Cut(name, ";")
		separator, infix = ";", "="
	}
	m.name = name
	fields := strings.Split(rest, "|")
	if len(fields) < 2 || len(fields) > 3 {
		return invalid("wrong number of fields")
	}
	value, err := strconv.ParseFloat(fields[0], 64)
	if err != nil || fields[0][0] == '-' || fields[0][0] == '+' {
		return invalid("no plain value")
	}
	m.value, m.kind = value, fields[1]
	if !slices.Contains([]string{"c", "g", "ms"}, m.kind) {
		return invalid("unknown type")
	}
	if len(fields) == 3 {
		if m.rate, err = strconv.ParseFloat(strings.TrimPrefix(fields[2], "@"), 64); err != nil || fields[2][0] != '@' {
			return invalid("no rate")
		}
	}
	for tags != "" {
		pair, tags, _ = strings.Cut(tags, separator)
		key, value, found := strings.Cut(pair, infix)
		if _, twice := m.tags[key]; twice || !found || key == "" || value == "" || strings.ContainsAny(value, ":|@#,;= \n") {
			return invalid("malformed tag " + strconv.Quote(pair))
		}
		m.tags[key] = value
	}
	for part := range strings.SplitSeq(m.name, ".") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool {
			return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			return invalid("malformed name")
		}
	}
	return m, nil
}

// server reads lines from connections of any kind.
type server struct {
	t      *testing.T
	format statsdhook.TagFormat
	raw    bool // keep the lines without parsing them

	mu      sync.Mutex
	lines   []string
	packets []int // their sizes
	totals  map[string]float64
	timings map[string][]float64
	gauges  map[string]float64
	reading sync.WaitGroup
}

func newServer(t *testing.T, f statsdhook.TagFormat) *server {
	t.Helper()
	return &server{t: t, format: f, totals: map[string]float64{}, timings: map[string][]float64{}, gauges: map[string]float64{}}
}

// read reads packets until the connection ends.
func (s *server) read(conn net.Conn) {
	s.reading.Go(func() {
		packet := make([]byte, 1<<16)
		for {
			n, err := conn.Read(packet)
			if n > 0 {
				s.packet(string(packet[:n]))
			}
			if err != nil {
				_ = conn.Close()
				return
			}
		}
	})
}

func (s *server) packet(packet string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.packets = append(s.packets, len(packet))
	for line := range strings.SplitSeq(packet, "\n") {
		s.lines = append(s.lines, line)
		if s.raw {
			continue
		}
		m, err := parseLine(s.format, line)
		if err != nil {
			s.t.Error(err)
		}
		switch m.kind {
		case "c":
			s.totals[m.series()] += m.value / m.rate
		case "ms":
			s.timings[m.series()] = append(s.timings[m.series()], m.value)
		case "g":
			s.gauges[m.series()] = m.value
		}
	}
}

// dial connects the hook to the server in memory. It ignores the address.
func (s *server) dial(context.Context, string, string) (net.Conn, error) {
	client, end := faultnet.Pipe(1)
	s.read(end)
	return client, nil
}

func (s *server) total(series string) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.totals[series]
}

// count returns how many lines arrived.
func (s *server) count() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uint64(len(s.lines))
}

// eventually waits until a condition holds that depends on a socket. It fails the
// test after 20 s.
func eventually(t *testing.T, s *server, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d lines arrived, and the condition does not hold", s.count())
		}
	}
}
